using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Booting;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Boot;

/// <summary>The image's own tables in one regime: what it runs from, the fixmap, and the empty roots for what is built. Made by the engine.</summary>
/// <remarks>All of them lie in the image, one page each, from a reserve: built root, live root, joined root, empty table, then tables as they are needed.</remarks>
internal unsafe struct EarlyTables
{
    // Where devices and the device tree are seen: below the image in the last two GiB, whatever the regime.
    private const ulong ConsoleBase = 0xffff_ffff_d000_0000;
    private const ulong DeviceTreeBase = 0xffff_ffff_e000_0000;
    private const ulong LargestPage = 1 << 16;

    private ReservePageAllocator _rest;

    /// <summary>The root that strategies build.</summary>
    public PhysicalAddress BuiltRoot { get; private set; }

    /// <summary>The root that is in use meanwhile: image, console, fixmap.</summary>
    public PhysicalAddress LiveRoot { get; private set; }

    /// <summary>The root of the identity map that a plan makes: only with <see cref="BootScope.NewRoot"/>.</summary>
    public PhysicalAddress BuiltIdentityRoot { get; private set; }

    /// <summary>Where the fixmap's own tables lie, one page after the other.</summary>
    public PhysicalAddress FixmapTables { get; private set; }

    /// <summary>A root with the entries of both, for checking.</summary>
    public PhysicalAddress JoinedRoot { get; private set; }

    /// <summary>A table without entries, for the lower half when it is not in use.</summary>
    public PhysicalAddress EmptyTable { get; private set; }

    /// <summary>The root that maps the image at its physical addresses, for changing regimes and roots.</summary>
    public PhysicalAddress IdentityRoot { get; private set; }

    /// <summary>The fixmap, in the live root.</summary>
    public Fixmap<ImageMemory> Fixmap { get; private set; }

    /// <summary>The pages that are left, for temporary tables.</summary>
    public readonly ReservePageAllocator Rest => _rest;

    /// <summary>Where the console's registers at <paramref name="registers"/> are seen.</summary>
    public static VirtualAddress ConsoleAddress(PhysicalAddress registers) => new(ConsoleBase + (registers.Value & (LargestPage - 1)));

    /// <summary>Where the device tree at <paramref name="tree"/> is seen until it is copied.</summary>
    public static VirtualAddress DeviceTreeAddress(PhysicalAddress tree) => new(DeviceTreeBase + (tree.Value & (LargestPage - 1)));

    /// <summary>Builds them.</summary>
    /// <typeparam name="TGranule">The granule.</typeparam>
    /// <param name="info">The image.</param>
    /// <param name="scope">What they are for.</param>
    /// <param name="regime">The regime.</param>
    /// <param name="lower">The shape of the lower half's tables.</param>
    /// <param name="machine">What else is mapped: the console.</param>
    /// <param name="reserve">Pages of the image.</param>
    /// <param name="tables">The tables.</param>
    /// <returns>Why not.</returns>
    public static FailureCode TryBuild<TGranule>(
        in BootInfo info, BootScope scope, in TranslationRegime regime, in TableGeometry lower, in Machine machine, ReservePageAllocator reserve, out EarlyTables tables)
        where TGranule : struct, IGranule
    {
        tables = default;
        ImageMemory memory = new(info.Offset);
        TableGeometry geometry = regime.Geometry;
        OutputAddressFormat format = regime.Format;
        if (!TryTake(ref reserve, memory, geometry, out PhysicalAddress built)
            || !TryTake(ref reserve, memory, geometry, out PhysicalAddress live)
            || !TryTake(ref reserve, memory, geometry, out PhysicalAddress joined)
            || !TryTake(ref reserve, memory, geometry, out PhysicalAddress empty)
            || !TryTake(ref reserve, memory, geometry, out PhysicalAddress identity))
        {
            return FailureCode.OutOfMemory;
        }

        tables.BuiltRoot = built;
        tables.LiveRoot = live;
        tables.JoinedRoot = joined;
        tables.EmptyTable = empty;
        tables.IdentityRoot = identity;
        if (scope == BootScope.NewRoot)
        {
            if (!TryTake(ref reserve, memory, geometry, out PhysicalAddress builtIdentity))
            {
                return FailureCode.OutOfMemory;
            }

            tables.BuiltIdentityRoot = builtIdentity;
        }

        ReservePageAllocator next = reserve;
        _ = next.Allocate(3, out PhysicalAddress fixmapTables);
        tables.FixmapTables = fixmapTables;

        El1Cpu cpu = new(empty, geometry, format.IsLpa2);
        TableWindow root = Fixmap<ImageMemory>.Static(ref memory, live, geometry.RootLevel);
        FailureCode code = Fixmap<ImageMemory>.TryCreate(
            ref cpu,
            memory,
            geometry,
            format,
            BootPlan.Fixmap(geometry, scope, info.ImageVirtual),
            Protection.Create(ProtectionKind.Kernel, notGlobal: false, format.IsLpa2),
            root,
            ref reserve,
            DescriptorBits.TypeTable,
            out Fixmap<ImageMemory> fixmap);
        if (code != FailureCode.None)
        {
            return code;
        }

        tables.Fixmap = fixmap;
        Mapper<TGranule> upper = new(geometry, format, root, memory, info.Offset, reserve, cpu);
        PhysicalAddress data = info.Image + info.TextSize;
        bool done = upper.TryMap(info.Image, info.ImageVirtual, info.TextSize, ProtectionKind.KernelReadOnlyExecutable, MapFlags.None)
            && upper.TryMap(data, info.ImageVirtual + info.TextSize, info.ImageSize - info.TextSize, ProtectionKind.Kernel, MapFlags.NoExec);
        if (done && Output.IsOpen)
        {
            done = upper.TryMap(machine.Console, ConsoleAddress(machine.Console), 1, ProtectionKind.DeviceNGnRE, MapFlags.NoExec);
        }

        if (!done)
        {
            return upper.Failure;
        }

        TableWindow identityRoot = Fixmap<ImageMemory>.Static(ref memory, identity, lower.RootLevel);
        Mapper<TGranule> down = new(lower, format, identityRoot, memory, info.Offset, upper.Reserve, cpu);
        if (!down.TryMap(info.Image, new VirtualAddress(info.Image.Value), info.TextSize, ProtectionKind.KernelReadOnlyExecutable, MapFlags.None)
            || !down.TryMap(data, new VirtualAddress(data.Value), info.ImageSize - info.TextSize, ProtectionKind.Kernel, MapFlags.NoExec))
        {
            return down.Failure;
        }

        tables._rest = down.Reserve;
        return FailureCode.None;
    }

    private static bool TryTake(ref ReservePageAllocator reserve, ImageMemory memory, in TableGeometry geometry, out PhysicalAddress page)
    {
        if (reserve.Allocate(geometry.RootLevel, out page) != FailureCode.None)
        {
            return false;
        }

        Instructions.Fill(memory.At(page), geometry.PageSize, 0);
        return true;
    }
}
