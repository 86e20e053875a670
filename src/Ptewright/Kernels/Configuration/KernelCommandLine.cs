using System.Text;
using Ptewright.Addressing;
using Ptewright.Texts;

namespace Ptewright.Kernels.Configuration;

/// <summary>A kernel's command line, read as Linux reads it before it makes its tables.</summary>
/// <remarks>
/// A kernel never refuses a command line: it warns about a value that it does not understand and goes on without it, and of several
/// values the last that it understands counts. So does this; <see cref="Remarks"/> has the warnings. Linux: <c>init/main.c:
/// parse_early_param, do_early_param</c>, and for each option the function that its property names.
/// </remarks>
public sealed class KernelCommandLine
{
    /// <summary>The longest command line of arm64 in bytes; a kernel would cut a longer one. Linux: <c>uapi/asm/setup.h: COMMAND_LINE_SIZE</c>.</summary>
    public const int MaxLength = 2047;

    private static readonly string[] RodataKnown = ["full", "on", "off", "noalias"];
    // Options that decide about tables, long enough that a slip of the finger in one is no other option of Linux.
    private static readonly string[] Names =
        ["rodata", "nokaslr", "debug_pagealloc", "kfence.sample_interval", "crashkernel", "arm64.nolva", "arm64.nobti", "initrdmem", "mitigations"];

    private static readonly string[] MitigationsKnown = ["off", "auto", "auto,nosmt"];

    private readonly List<string> _remarks = [];
    private readonly List<KernelParameter> _others = [];
    private readonly List<string> _rodata = [];

    private KernelCommandLine(string text)
    {
        Text = text;
        Parameters = CommandLineSyntax.Split(text, out string rest);
        InitArguments = rest;
        FeatureOverrides = CpuFeatureOverrides.Parse(text);
        foreach (KernelParameter parameter in Parameters)
        {
            Apply(parameter);
        }
    }

    /// <summary>No options at all.</summary>
    public static KernelCommandLine Empty { get; } = new("");

    /// <summary>The command line as it was given, without line ends behind it.</summary>
    public string Text { get; }

    /// <summary>All words in their order, up to a lone <c>--</c>.</summary>
    public IReadOnlyList<KernelParameter> Parameters { get; }

    /// <summary>The words that no property here is about, in their order.</summary>
    public IReadOnlyList<KernelParameter> Others => _others;

    /// <summary>What stands behind <c>--</c>, for the first process; otherwise empty.</summary>
    public string InitArguments { get; }

    /// <summary>What a kernel warns about and ignores: one sentence each.</summary>
    public IReadOnlyList<string> Remarks => _remarks;

    /// <summary>What is hidden of the CPU's features, and what else is read that early: <c>nokaslr</c>, <c>arm64.nolva</c> and others.</summary>
    internal CpuFeatureOverrides FeatureOverrides { get; }

    /// <summary>
    /// How many bytes of memory are used, from the lowest on (<c>mem=</c>), not rounded; null for all. Linux rounds down to pages
    /// (<c>arch/arm64/mm/init.c: early_mem</c>) and takes 0 for all (<c>memblock_mem_limit_remove_map</c>).
    /// </summary>
    public ulong? MemoryLimit { get; private set; }

    /// <summary>Whether free pages are unmapped (<c>debug_pagealloc=</c>); null for the kernel's default. Linux: <c>early_debug_pagealloc</c>.</summary>
    public bool? DebugPagealloc { get; private set; }

    /// <summary>
    /// Every how many milliseconds KFENCE samples (<c>kfence.sample_interval=</c>), 0 for never; null for the kernel's default. For the
    /// linear map only "never" or not matters. Linux: <c>arch/arm64/mm/mmu.c: parse_kfence_early_init</c>.
    /// </summary>
    public int? KfenceSampleInterval { get; private set; }

    /// <summary>Whether the kernel is unmapped while user code runs (<c>kpti=</c>); null: the CPU decides. Linux: <c>cpufeature.c: parse_kpti</c>.</summary>
    public bool? Kpti { get; private set; }

    /// <summary>Whether all mitigations are off (<c>mitigations=off</c>), KPTI among them; null when not given. Linux: <c>kernel/cpu.c</c>.</summary>
    public bool? MitigationsOff { get; private set; }

    /// <summary>
    /// Whether <c>crashkernel</c> is there at all, with whatever value: until 6.2 this alone decides about blocks in the linear map. Linux
    /// 6.1: <c>arch/arm64/mm/mmu.c: enable_crash_mem_map</c>.
    /// </summary>
    public bool HasCrashKernel { get; private set; }

    /// <summary>
    /// Whether there is a default area of contiguous memory here (<c>cma=</c>), so that none of the device tree is; a size of 0 is one too. The area itself is reserved
    /// when the linear map is made. Linux: <c>kernel/dma/contiguous.c: early_cma, rmem_cma_setup</c>.
    /// </summary>
    public bool HasCma { get; private set; }

    /// <summary>
    /// Whether the kernel stays where it was linked: <c>nokaslr</c>, by the rule of Linux 5.12 to 5.19 and again from 6.9 on: a word of its own.
    /// </summary>
    public bool NoKaslr => FeatureOverrides.NoKaslr;

    /// <summary>
    /// The same by the rule of Linux 6.0 to 6.8, which looks only at the first place where the letters stand: at the beginning or behind a
    /// blank, whatever follows. Linux 6.1: <c>arch/arm64/kernel/pi/kaslr_early.c: cmdline_contains_nokaslr</c>.
    /// </summary>
    public bool NoKaslrByFirstPlace => Text.IndexOf("nokaslr", StringComparison.Ordinal) is int at and >= 0 && (at == 0 || Text[at - 1] == ' ');

    /// <summary>Whether the EFI memory map is printed (<c>efi=debug</c>). Linux: <c>efi.c: parse_efi_cmdline</c>.</summary>
    public bool EfiDebug { get; private set; }

    /// <summary>Whether special-purpose memory of EFI is used like any other (<c>efi=nosoftreserve</c>).</summary>
    public bool EfiNoSoftReserve { get; private set; }

    /// <summary>Whether every change of memory blocks is printed (<c>memblock=debug</c>). Linux: <c>mm/memblock.c: early_memblock</c>.</summary>
    public bool MemblockDebug { get; private set; }

    /// <summary>The initial ramdisk, instead of the device tree's (<c>initrd=</c> or <c>initrdmem=</c> with address and size); null when not given.</summary>
    /// <remarks>Linux: <c>init/do_mounts_initrd.c: early_initrdmem</c>. A file name, as boot loaders leave it here, is not heeded.</remarks>
    public (PhysicalAddress Start, ulong Size)? InitialRamdisk { get; private set; }

    /// <summary>Reads a command line.</summary>
    /// <param name="text">The command line, as in <c>/proc/cmdline</c>.</param>
    /// <exception cref="InvalidInputException">It is longer than <see cref="MaxLength"/> bytes, or holds a zero character.</exception>
    public static KernelCommandLine Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new InvalidInputException("The kernel command line holds a zero character, where a kernel would end it.");
        }

        // /proc/cmdline ends with a line feed that the kernel did not get.
        string line = text.TrimEnd('\r', '\n');
        int length = Encoding.UTF8.GetByteCount(line);
        return length <= MaxLength
            ? new KernelCommandLine(line)
            : throw new InvalidInputException($"The kernel command line has {length} bytes, and arm64 kernels cut it behind {MaxLength}.");
    }

    /// <summary>The last word of <c>rodata=</c> that a kernel understands; null when there is none.</summary>
    /// <param name="words">The words that the kernel knows.</param>
    /// <remarks>Linux: <c>asm/setup.h: arch_parse_debug_rodata</c>, <c>init/main.c: set_debug_rodata</c>.</remarks>
    internal (RodataMode Mode, string Word)? FindRodata(RodataWords words) =>
        _rodata.LastOrDefault(word => RodataOf(words, word) is not null) is { } last ? (RodataOf(words, last)!.Value, last) : null;

    /// <summary>The words of <c>rodata=</c> that other kernels understand, but not this one, each once.</summary>
    internal IEnumerable<string> ForeignRodata(RodataWords words) => _rodata.Where(word => RodataOf(words, word) is null).Distinct();

    private static RodataMode? RodataOf(RodataWords words, string word) => (words, word) switch
    {
        (_, "off") => RodataMode.Off,
        (RodataWords.FullOnOff, "full") or (RodataWords.OnNoaliasOff, "on") => RodataMode.Full,
        (RodataWords.FullOnOff, "on") or (RodataWords.OnNoaliasOff, "noalias") => RodataMode.On,
        _ => null,
    };

    /// <summary>The memory for a crash kernel that is asked for (<c>crashkernel=</c>).</summary>
    /// <param name="totalMemory">All memory in bytes, no-map memory included: sizes can depend on it, and none may reach it.</param>
    /// <returns>Null when none is asked for, or in vain.</returns>
    /// <remarks>Linux: <c>kernel/crash_reserve.c: parse_crashkernel</c>.</remarks>
    internal CrashKernelRequest? FindCrashKernel(ulong totalMemory) => CrashKernelSyntax.Find(Text, totalMemory);

    private void Apply(KernelParameter parameter)
    {
        if (parameter.Is("mem"))
        {
            if (Heed(parameter, parameter.Value is not null))
            {
                ReadOnlySpan<char> value = parameter.Value;
                MemoryLimit = CommandLineSyntax.TakeBytes(ref value);
                NoteRest(parameter, value);
            }
        }
        else if (parameter.Is("debug_pagealloc"))
        {
            bool? setting = CommandLineSyntax.ReadSwitch(parameter.Value);
            DebugPagealloc = Heed(parameter, setting is not null) ? setting : DebugPagealloc;
        }
        else if (parameter.Is("kfence.sample_interval"))
        {
            int? interval = CommandLineSyntax.ReadInteger(parameter.Value);
            KfenceSampleInterval = Heed(parameter, interval is not null) ? interval : KfenceSampleInterval;
        }
        else if (parameter.Is("kpti"))
        {
            bool? setting = CommandLineSyntax.ReadSwitch(parameter.Value);
            Kpti = Heed(parameter, setting is not null) ? setting : Kpti;
        }
        else if (parameter.Is("mitigations"))
        {
            MitigationsOff = Heed(parameter, MitigationsKnown.Contains(parameter.Value)) ? parameter.Value == "off" : MitigationsOff;
        }
        else if (parameter.Is("rodata"))
        {
            if (Heed(parameter, RodataKnown.Contains(parameter.Value)))
            {
                _rodata.Add(parameter.Value!);
            }
        }
        else if (parameter.Is("efi"))
        {
            _ = Heed(parameter, parameter.Value is not null);
            EfiDebug |= CommandLineSyntax.HasOption(parameter.Value, "debug");
            EfiNoSoftReserve |= CommandLineSyntax.HasOption(parameter.Value, "nosoftreserve");
        }
        else if (parameter.Is("memblock"))
        {
            MemblockDebug |= parameter.Value?.Contains("debug", StringComparison.Ordinal) ?? false;
        }
        else if (parameter.Is("initrd") || parameter.Is("initrdmem"))
        {
            ApplyInitialRamdisk(parameter.Value);
        }
        else if (parameter.Is("cma"))
        {
            // All ones is what the kernel takes for "not given".
            ReadOnlySpan<char> value = parameter.Value;
            HasCma = Heed(parameter, parameter.Value is not null) ? CommandLineSyntax.TakeBytes(ref value) != ulong.MaxValue : HasCma;
        }
        else if (parameter.Is("crashkernel"))
        {
            HasCrashKernel = true;
        }
        else if (!CpuFeatureOverrides.Knows(parameter))
        {
            _others.Add(parameter);
            if (NearWord.Find(parameter.Name, Names) is { } meant)
            {
                _remarks.Add($"No kernel knows the option {TextFile.Quote(parameter.Name)}, so it changes nothing here; there is '{meant}'.");
            }
        }
    }

    private void ApplyInitialRamdisk(ReadOnlySpan<char> value)
    {
        ulong start = CommandLineSyntax.TakeBytes(ref value);
        if (value.StartsWith(','))
        {
            value = value[1..];
            InitialRamdisk = (new PhysicalAddress(start), CommandLineSyntax.TakeBytes(ref value));
        }
    }

    // Linux: memparse stops at what it does not understand, and nobody looks at what follows.
    private void NoteRest(KernelParameter parameter, ReadOnlySpan<char> rest)
    {
        if (!rest.IsEmpty)
        {
            _remarks.Add(rest.Length == parameter.Value!.Length
                ? $"Value {TextFile.Quote(rest)} of option '{parameter.Name}' is no size, which a kernel takes for 0: no limit."
                : $"Of the value {TextFile.Quote(parameter.Value)} of option '{parameter.Name}' a kernel does not read {TextFile.Quote(rest)}.");
        }
    }

    private bool Heed(KernelParameter parameter, bool isValid)
    {
        if (!isValid)
        {
            _remarks.Add(parameter.Value is null
                ? $"Option {TextFile.Quote(parameter.Name)} needs a value, and a kernel ignores it without."
                : $"Value {TextFile.Quote(parameter.Value)} of option {TextFile.Quote(parameter.Name)} is not one that a kernel understands, and is ignored.");
        }

        return isValid;
    }
}
