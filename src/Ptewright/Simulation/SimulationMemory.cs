using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Simulation;

/// <summary>How much of this computer's memory it takes to build a plan's tables in simulated memory.</summary>
/// <remarks>Only what is touched of simulated memory exists, which is the tables; so that is worked out from the ranges that are mapped, before any of it is taken.</remarks>
internal static unsafe class SimulationMemory
{
    // Both roots, the fixmap's tables and the reserve of premapped.
    private const ulong ImageChunks = 4;
    private const string Remedy = "take less memory, larger pages, or allow blocks";

    /// <summary>The bytes that a build takes at most: of its tables, in the pieces that memory is taken in.</summary>
    /// <param name="plan">What is built.</param>
    public static ulong BytesFor(LinearMapPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        TableGeometry geometry = plan.Settings.Geometry;
        ulong tables = 0;
        MapRequest? previous = null;
        foreach (MapRequest request in plan.Steps.Where(step => step.Kind == PlanStepKind.Map).Select(step => step.Request))
        {
            ulong own = TableBytes(geometry, request);
            tables += own - (previous is { } before ? Math.Min(own, SharedBytes(geometry, before, request)) : 0);
            previous = request;
        }

        // They are taken from the top of memory down, range by range; besides them there are those of the image.
        ulong chunks = ImageChunks;
        PhysicalAddress limit = new(ulong.MaxValue);
        while (tables > 0 && plan.Memory.Blocks->TryFindFree(limit, geometry.PageSize, out PhysicalAddress start, out PhysicalAddress end))
        {
            ulong taken = Math.Min(tables, end.Value - start.Value);
            chunks += ((end.Value - 1) >> SparseMemory.ChunkShift) - ((end.Value - taken) >> SparseMemory.ChunkShift) + 1;
            tables -= taken;
            limit = start;
        }

        GC.KeepAlive(plan);
        return chunks * SparseMemory.ChunkSize;
    }

    /// <summary>The bytes of the tables below the root that one request needs at most, those that are there already included.</summary>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="request">What is mapped.</param>
    public static ulong TableBytes(TableGeometry geometry, in MapRequest request)
    {
        ulong tables = 0;
        ulong first = request.Virtual.Value;
        ulong last = LastOf(request);
        ulong distance = first - request.Physical.Value;
        for (int level = geometry.RootLevel; level < 3; level++)
        {
            // One table for each entry of the level above it that the range touches, but for those that become blocks: where they are allowed and fit, all but the two ends.
            int shift = geometry.Shift(level);
            ulong inEntry = (1UL << shift) - 1;
            ulong touched = (last >> shift) - (first >> shift) + 1;
            bool hasBlocks = geometry.CanBeBlock(level) && (request.Flags & MapFlags.NoBlock) == 0 && (distance & inEntry) == 0;
            ulong ends = ((first & inEntry) == 0 ? 0UL : 1) + ((last & inEntry) == inEntry ? 0UL : 1);
            tables += hasBlocks ? Math.Min(touched, ends) : geometry.IsFolded(level + 1) ? 0 : touched;
        }

        return tables * geometry.PageSize;
    }

    // Neighbours have the tables in common that translate the last address of one and the first of the other.
    private static ulong SharedBytes(TableGeometry geometry, in MapRequest before, in MapRequest after)
    {
        ulong tables = 0;
        for (int level = geometry.RootLevel; level < 3; level++)
        {
            tables += LastOf(before) >> geometry.Shift(level) == after.Virtual.Value >> geometry.Shift(level) && !geometry.IsFolded(level + 1) ? 1UL : 0;
        }

        return tables * geometry.PageSize;
    }

    private static ulong LastOf(in MapRequest request) => request.Virtual.Value + (Math.Max(request.Size, 1) - 1);

    /// <summary>Refuses a build that this computer has no memory for.</summary>
    /// <param name="plan">What is built.</param>
    /// <param name="copies">How many times its tables exist at once.</param>
    /// <param name="moreBytes">What else is taken beside it.</param>
    /// <exception cref="InvalidInputException">It takes more than this computer has.</exception>
    public static void Require(LinearMapPlan plan, int copies = 1, ulong moreBytes = 0)
    {
        ArgumentNullException.ThrowIfNull(plan);
        AvailableMemory.Require($"Building the tables of {AvailableMemory.Text(plan.Memory.MappedBytes)}", (BytesFor(plan) * (ulong)copies) + moreBytes, Remedy);
    }

    /// <summary>Refuses memory that is added late when this computer has no memory for its tables. They come out of the machine's own memory.</summary>
    internal static void RequireLate(LinearMapPlan plan, in MapRequest request) => AvailableMemory.Require(
        $"Adding the tables of {AvailableMemory.Text(request.Size)}", Math.Min(TableBytes(plan.Settings.Geometry, request), plan.Memory.MappedBytes), Remedy);
}
