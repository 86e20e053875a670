using System.Globalization;
using System.Text;
using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.Discovery;

/// <summary>Memory as a kernel leaves it, made by the engine: the linear map, an image at another distance with header, banner, roots and init_mm's pointer, an identity map, VMCOREINFO if wanted.</summary>
internal sealed unsafe class SyntheticKernel : IDisposable
{
    public const ulong ImageSize = 4 << 20;
    public const string Release = "6.12.117+synthetic-arm64";

    private const ulong ImageAt = 2 << 20;
    private const ulong TextAt = 64 << 10;
    private const ulong DataAt = 2 << 20;
    private const ulong RootsAt = 1 << 20;
    private const ulong Moved = 0x2_0000;
    private readonly LinearMapSimulation _simulation;

    public SyntheticKernel(TableGeometry geometry, ulong start = 0x4000_0000, ulong size = 64 << 20, bool onlyPages = true, bool hasCoreInfo = false, ulong linearDistance = 0)
    {
        Geometry = geometry;
        Start = start;
        Size = size;
        OutputAddressFormat format = Shapes.Format(geometry);
        MemoryLayout memory = MemoryLayout.OfRange(new PhysicalAddress(start), size);
        memory.Reserve(Image, Image + ImageSize);
        Place = LinearMapPlace.Of(geometry, memory.Start).MovedUp(linearDistance);
        MapFlags flags = onlyPages ? LinearMapPlanner.PagesOnly : MapFlags.None;
        List<PlanStep> steps = [.. MapMemSteps.Of(new LinearMapPlanner(Place, format, notGlobal: false, flags, wholePages: true), memory)];
        steps.Add(Segment(TextAt, RootsAt, ProtectionKind.KernelReadOnlyExecutable, format));
        steps.Add(Segment(RootsAt, DataAt, ProtectionKind.KernelReadOnly, format));
        steps.Add(Segment(DataAt, ImageSize, ProtectionKind.Kernel, format));
        PhysicalAddress text = Image + TextAt;
        steps.Add(new PlanStep(PlanStepKind.Map, PlanPhase.IdentityMap, new MapRequest(text, new VirtualAddress(text.Value), geometry.PageSize, Protection.Create(ProtectionKind.KernelReadOnlyExecutable, false, format.IsLpa2), LinearMapPlanner.PagesOnly), PlanRoot.Identity));
        LinearMapPlan plan = LinearMapPlan.ForSteps(
            new TableSettings(geometry, format, TableSettings.UsualTableBits, ChangeSafety.InvalidIsFree, rootThroughSlot: false),
            FixmapLayout.Usual(geometry.Granule),
            Protection.Create(ProtectionKind.Kernel, false, format.IsLpa2),
            memory,
            Place.MemoryStart,
            steps,
            Swapper,
            Identity,
            identityResizesLowerHalf: false);
        _simulation = new LinearMapSimulation(plan);
        _ = _simulation.Build(StrategyPresets.SingleMap.Options);
        Write(Swapper - geometry.PageSize, new byte[geometry.PageSize]);
        Write(Swapper - (2 * geometry.PageSize), new byte[geometry.PageSize]);
        Write(Image, Header());
        Write(Image + RootsAt + 0xc8, Encoding.ASCII.GetBytes($"Linux version {Release} (somebody@somewhere) #1 SMP\n\0"));
        Write(Image + DataAt + 0x1230, BitConverter.GetBytes(Swapper.Value + ImageDistance));
        if (hasCoreInfo)
        {
            WriteCoreInfo(Image + DataAt + 0x1_0000, CoreInfo(Swapper));
        }

        Memory = new SimulationImage(_simulation.Memory, new ImageRegisters());
    }

    public TableGeometry Geometry { get; }

    public ulong Start { get; }

    public ulong Size { get; }

    public LinearMapPlace Place { get; }

    /// <summary>All of it, with no register.</summary>
    public MemoryImage Memory { get; }

    public PhysicalAddress Image => new(Start + ImageAt);

    /// <summary>The kernel's root, as built: the page.</summary>
    public PhysicalAddress Swapper => Image + RootsAt + (8 * Geometry.PageSize);

    public PhysicalAddress Identity => Swapper - (3 * Geometry.PageSize);

    /// <summary>What TTBR1 must say.</summary>
    public ulong Ttbr1 => TranslationTableBase.Encode(Swapper + Geometry.Ttbr1Offset);

    /// <summary>The distance of the image: behind the modules of a kernel of 6.12, moved a little.</summary>
    public ulong ImageDistance => Geometry.PageEnd.Value + Modules + (Moved << 10) - Image.Value;

    // 128 MiB of modules where all of the addresses are few.
    private ulong Modules => Geometry.MinimumVirtualAddressBits < 40 ? 128UL << 20 : 2UL << 30;

    /// <summary>The text of VMCOREINFO that names a root.</summary>
    public string CoreInfo(PhysicalAddress root) => string.Create(
        CultureInfo.InvariantCulture,
        $"OSRELEASE={Release}\nPAGESIZE={Geometry.PageSize}\nSYMBOL(swapper_pg_dir)={root.Value + ImageDistance:x}\nNUMBER(VA_BITS)={Geometry.VirtualAddressBits}\nNUMBER(TCR_EL1_T1SZ)=0x{64 - Geometry.ActualVirtualAddressBits:x}\nNUMBER(kimage_voffset)=0x{ImageDistance:x}\nNUMBER(PHYS_OFFSET)=0x{Place.MemoryStart.Value:x}\nKERNELOFFSET={Moved << 10:x}\nBUILD-ID=0123456789abcdef0123456789abcdef01234567\n");

    /// <summary>Writes VMCOREINFO as a page of its own.</summary>
    public void WriteCoreInfo(PhysicalAddress at, string text) => Write(at, [.. Encoding.ASCII.GetBytes(text), 0]);

    /// <summary>Writes bytes.</summary>
    public void Write(PhysicalAddress at, ReadOnlySpan<byte> bytes) => bytes.CopyTo(new Span<byte>(_simulation.Memory.TryAt(at, (ulong)bytes.Length), bytes.Length));

    /// <summary>Reads bytes.</summary>
    public byte[] Read(PhysicalAddress at, ulong bytes) => new ReadOnlySpan<byte>(_simulation.Memory.TryAt(at, bytes), (int)bytes).ToArray();

    /// <summary>Writes the machine's memory to a file; what is zero is a hole.</summary>
    public void Save(string path)
    {
        using FileStream file = File.Create(path);
        file.SetLength((long)Size);
        for (ulong at = 0; at < Size; at += 1 << 16)
        {
            byte[] piece = Read(new PhysicalAddress(Start + at), 1 << 16);
            if (piece.AsSpan().ContainsAnyExcept((byte)0))
            {
                file.Position = (long)at;
                file.Write(piece);
            }
        }
    }

    public void Dispose()
    {
        Memory.Dispose();
        _simulation.Dispose();
    }

    private PlanStep Segment(ulong from, ulong to, ProtectionKind kind, OutputAddressFormat format) => new(
        PlanStepKind.Map,
        PlanPhase.Image,
        new MapRequest(Image + from, new VirtualAddress(Image.Value + from + ImageDistance), to - from, Protection.Create(kind, false, format.IsLpa2), LinearMapPlanner.PagesOnly));

    private byte[] Header()
    {
        byte[] header = new byte[64];
        BitConverter.GetBytes(ImageSize).CopyTo(header, 16);
        BitConverter.GetBytes(8UL | (ulong)(((int)Geometry.Granule - 10) / 2) << 1).CopyTo(header, 24);
        "ARM\x64"u8.CopyTo(header.AsSpan(56));
        return header;
    }
}
