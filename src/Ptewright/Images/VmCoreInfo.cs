using System.Globalization;
using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Images;

/// <summary>What a kernel says of itself for those who read its memory after a crash: lines of <c>KEY=VALUE</c>.</summary>
/// <remarks>Linux: <c>kernel/vmcore_info.c</c>, <c>arch_crash_save_vmcoreinfo</c> in <c>arch/arm64/kernel/vmcore_info.c</c>; also the file <c>/sys/kernel/vmcoreinfo</c>
/// points to it.</remarks>
public sealed class VmCoreInfo
{
    private readonly Dictionary<string, string> _lines;

    private VmCoreInfo(Dictionary<string, string> lines) => _lines = lines;

    /// <summary>The kernel's release, as <c>uname -r</c> says it.</summary>
    public string? Release => _lines.GetValueOrDefault("OSRELEASE");

    /// <summary>The page size in bytes.</summary>
    public ulong? PageSize => Decimal("PAGESIZE");

    /// <summary>The size of virtual addresses that the kernel is built for.</summary>
    public ulong? VaBits => Decimal("NUMBER(VA_BITS)");

    /// <summary>TCR_EL1.T1SZ: 64 less the size of virtual addresses in use.</summary>
    public ulong? T1sz => Hexadecimal("NUMBER(TCR_EL1_T1SZ)");

    /// <summary>The distance from the image's physical to its virtual addresses.</summary>
    public ulong? ImageOffset => Hexadecimal("NUMBER(kimage_voffset)");

    /// <summary>What belongs to the start of the linear region as built. Linux: <c>memstart_addr</c>.</summary>
    public ulong? PhysicalOffset => Hexadecimal("NUMBER(PHYS_OFFSET)");

    /// <summary>By how much the image was moved from where it was linked. Linux: <c>kaslr_offset</c>.</summary>
    public ulong? KaslrOffset => Hexadecimal("KERNELOFFSET");

    /// <summary>The identity of the build, in hexadecimal.</summary>
    public string? BuildId => _lines.GetValueOrDefault("BUILD-ID");

    /// <summary>The kernel's root table, where the image has it.</summary>
    public VirtualAddress? RootTable => Hexadecimal("SYMBOL(swapper_pg_dir)") is { } address ? new VirtualAddress(address) : null;

    /// <summary>Reads the lines; what is not understood is passed over.</summary>
    /// <param name="text">The note's text.</param>
    public static VmCoreInfo Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Dictionary<string, string> lines = [];
        foreach (string line in text.Split('\n'))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                _ = lines.TryAdd(line[..equals], line[(equals + 1)..].TrimEnd('\0', '\r'));
            }
        }

        return new VmCoreInfo(lines);
    }

    /// <summary>The registers that follow: TTBR1 and TCR for the kernel's half. MAIR is not in it.</summary>
    /// <remarks>TCR is put together from page size and T1SZ; with more than 48 bits in use and pages of 4K or 16K, DS is set, because there is no other way. Where 64K pages built for 52 bits
    /// run with 48, TTBR1 points into the root table (<see cref="TableGeometry.Ttbr1Offset"/>).</remarks>
    public ImageRegisters ToRegisters()
    {
        GranuleSize? granule = PageSize switch
        {
            4 << 10 => GranuleSize.Size4K,
            16 << 10 => GranuleSize.Size16K,
            64 << 10 => GranuleSize.Size64K,
            _ => null,
        };
        ulong? t1sz = T1sz ?? (VaBits is > 0 and <= 48 ? 64 - VaBits : null);
        ulong? tcr = granule is { } size && t1sz is >= 12 and < 64
            ? default(TranslationControl).WithHalf(AddressHalf.Upper, size, (int)(64 - t1sz.Value))
                .WithOutput(TranslationControl.AddressSize52, isLpa2: t1sz < 16 && size != GranuleSize.Size64K).Value
            : null;
        ulong inRoot = PageSize == 64 << 10 && VaBits is <= 64 && t1sz is <= 64 && TableGeometry.TryCreate(GranuleSize.Size64K, (int)VaBits, (int)(64 - t1sz), out TableGeometry built)
            ? built.Ttbr1Offset : 0;
        ulong? ttbr1 = RootTable is { } root && ImageOffset is { } offset ? TranslationTableBase.Encode(new PhysicalAddress(root.Value - offset + inRoot)) : null;
        return new ImageRegisters(Ttbr1: ttbr1, Tcr: tcr);
    }

    /// <summary>Where a variable lies: <c>SYMBOL(name)</c>.</summary>
    internal VirtualAddress? Symbol(string name) => Hexadecimal($"SYMBOL({name})") is { } address ? new VirtualAddress(address) : null;

    /// <summary>A size or an offset: <c>SIZE(type)</c>, <c>OFFSET(type.member)</c>, in bytes.</summary>
    internal ulong? Number(string key) => Decimal(key);

    private ulong? Decimal(string key) =>
        _lines.TryGetValue(key, out string? text) && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : null;

    private ulong? Hexadecimal(string key)
    {
        if (!_lines.TryGetValue(key, out string? text))
        {
            return null;
        }

        ReadOnlySpan<char> digits = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text.AsSpan(2) : text;
        return ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value) ? value : null;
    }
}
