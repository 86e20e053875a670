using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Booting;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Boot;

/// <summary>Checks a map with the CPU's own MMU, the judge of what the engine built: it becomes the upper half's table, and every address is translated.</summary>
internal unsafe struct Verifier
{
    private const ulong RandomPages = 100_000;
    private const ulong PatternPages = 64;

    // PAR_EL1: bits 63:56 ATTR, 51:12 PA, 0 F. Both attributes of the plan are Normal write-back, as MAIR_EL1 gives them.
    private const ulong Compared = (0xffUL << 56) | 0x000f_ffff_ffff_f001;
    private const ulong NormalWriteBack = 0xffUL << 56;

    private readonly ulong _offset;
    private ulong _pages;
    private bool _failed;

    private Verifier(VirtualAddress offset)
    {
        this = default;
        _offset = offset.Value;
    }

    /// <summary>Checks the map and computes its digest.</summary>
    /// <param name="bench">The regime, the plan, and what the build left.</param>
    /// <param name="verification">How much is checked.</param>
    /// <param name="pages">How many translations were compared.</param>
    /// <param name="digest">The digest over all table pages.</param>
    /// <param name="identityDigest">The same of the identity map that the plan made, if it made one.</param>
    /// <returns>Whether all is as planned; what is not was said.</returns>
    public static bool Check(in Bench bench, BootVerification verification, out ulong pages, out TableDigest digest, out TableDigest identityDigest)
    {
        Verifier verifier = new(bench.Place.Offset);
        El1Cpu cpu = bench.Cpu;
        verifier.UseBuiltRoot(bench, ref cpu);
        if (verification != BootVerification.None && !verifier._failed)
        {
            verifier.CheckPlan(bench, verification);
            verifier.CheckHoles(bench);
            verifier.CheckPattern(bench, ref cpu);
        }

        if (bench.Scope == BootScope.NewRoot)
        {
            ConsoleWindow.Close(bench, ref cpu);
        }

        // The tables are memory like any other, so they are read through the map that they make; not through a wrong one.
        digest = default;
        identityDigest = default;
        if (!verifier._failed)
        {
            TableTree<LinearMemory> tree = new(new LinearMemory(bench.Place.Offset), bench.Regime.Geometry, bench.Regime.Format);
            digest = TableDigest.Compute(ref tree, bench.Tables.BuiltRoot, out _);
            if (bench.Scope == BootScope.NewRoot)
            {
                identityDigest = TableDigest.Compute(ref tree, bench.Tables.BuiltIdentityRoot, out _);
            }
        }

        if (bench.Scope == BootScope.LinearMap)
        {
            cpu.SetTtbr1(bench.Tables.LiveRoot);
            cpu.Isb();
            cpu.TlbiVmalle1();
            cpu.DsbNsh();
            cpu.Isb();
        }

        pages = verifier._pages;
        return !verifier._failed;
    }

    // A plan that made its root the live one left the CPU there; any other root is joined with what keeps the image running.
    private void UseBuiltRoot(in Bench bench, ref El1Cpu cpu)
    {
        if (bench.Scope == BootScope.LinearMap)
        {
            Join(bench);
            cpu.DsbIshst();
            cpu.SetTtbr1(bench.Tables.JoinedRoot);
            cpu.Isb();
            return;
        }

        ulong expected = TranslationTableBase.Encode(bench.Tables.BuiltRoot + bench.Regime.Geometry.Ttbr1Offset);
        if (Instructions.Ttbr1() == expected)
        {
            ConsoleWindow.Open(bench, ref cpu);
        }
        else
        {
            Complain("is the root in use: the CPU did not go to the one that was built", Instructions.Ttbr1());
        }
    }

    // The built root's entries, and those of the live root that keep the image running: they lie in different parts of the upper half.
    private void Join(in Bench bench)
    {
        ImageMemory memory = new(bench.Info.Offset);
        ulong* built = (ulong*)memory.At(bench.Tables.BuiltRoot);
        ulong* live = (ulong*)memory.At(bench.Tables.LiveRoot);
        ulong* joined = (ulong*)memory.At(bench.Tables.JoinedRoot);
        for (int i = 0; i < bench.Regime.Geometry.RootTableEntries; i++)
        {
            if (built[i] != 0 && live[i] != 0)
            {
                Complain("is where the image runs, but something was built there", (ulong)i << bench.Regime.Geometry.Shift(bench.Regime.Geometry.WalkRootLevel));
            }

            joined[i] = live[i] != 0 ? live[i] : built[i];
        }
    }

    private void CheckPlan(in Bench bench, BootVerification verification)
    {
        TableGeometry geometry = bench.Regime.Geometry;
        ulong random = 0x9e37_79b9_7f4a_7c15;
        for (int i = 0; i < bench.StepCount; i++)
        {
            if (!IsOfKernelRoot(bench.Space.Steps[i]))
            {
                continue;
            }

            MapRequest request = bench.Space.Steps[i].Request;
            ulong distance = request.Virtual.Value - request.Physical.Value;
            ulong start = request.Virtual.Value;
            ulong pages = request.Size >> geometry.PageShift;
            if (verification == BootVerification.Full)
            {
                CheckRun(geometry, distance, start, pages);
                continue;
            }

            ulong end = start + request.Size;
            for (ulong at = start; at != end;)
            {
                ulong next = TableGeometry.BoundaryAfter(at, end, geometry.Shift(2));
                CheckRun(geometry, distance, at, 1);
                CheckRun(geometry, distance, next - geometry.PageSize, 1);
                at = next;
            }

            // Each request gets its share of the random pages, by size.
            ulong share = (RandomPages * (pages >> 10) / ((TotalPages(bench) >> 10) + 1)) + 1;
            for (; share > 0; share--)
            {
                // xorshift64
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                CheckRun(geometry, distance, start + (random % pages * geometry.PageSize), 1);
            }
        }
    }

    private static bool IsOfKernelRoot(in PlanStep step) => step.Kind == PlanStepKind.Map && step.Root == PlanRoot.Kernel;

    private static ulong TotalPages(in Bench bench)
    {
        ulong bytes = 0;
        for (int i = 0; i < bench.StepCount; i++)
        {
            bytes += IsOfKernelRoot(bench.Space.Steps[i]) ? bench.Space.Steps[i].Request.Size : 0;
        }

        return bytes >> bench.Regime.Geometry.PageShift;
    }

    private void CheckRun(in TableGeometry geometry, ulong distance, ulong address, ulong count)
    {
        if (_failed)
        {
            return;
        }

        ulong expected = (address - distance) | NormalWriteBack;
        ulong right = Instructions.TranslateRun(address, count, geometry.PageSize, expected, Compared);
        _pages += right;
        if (right != count)
        {
            ulong at = address + (right * geometry.PageSize);
            Complain("is not translated as planned", at);
            Output.Write("  physical address planned ");
            Output.Hex(at - distance);
            Output.Write(", PAR_EL1 ");
            Output.Hex(Instructions.Translate(at));
            Output.Line();
        }
    }

    // Before, between and behind what the plan maps, up to the end of the linear map.
    private void CheckHoles(in Bench bench)
    {
        TableGeometry geometry = bench.Regime.Geometry;
        MapRequest* sorted = bench.Space.Sorted;
        int count = 0;
        for (int i = 0; i < bench.StepCount; i++)
        {
            if (bench.Space.Steps[i].Phase != PlanPhase.LinearMap)
            {
                continue;
            }

            MapRequest request = bench.Space.Steps[i].Request;
            int at = count;
            for (; at > 0 && sorted[at - 1].Virtual > request.Virtual; at--)
            {
                sorted[at] = sorted[at - 1];
            }

            sorted[at] = request;
            count++;
        }

        ulong hole = geometry.ActualPageOffset.Value;
        for (int i = 0; i < count; i++)
        {
            CheckHole(geometry, hole, sorted[i].Virtual.Value);
            hole = sorted[i].Virtual.Value + sorted[i].Size;
        }

        CheckHole(geometry, hole, geometry.PageEnd.Value);

        // Nothing is left of a temporary map or an identity map in the lower half.
        CheckFault(bench.Info.Image.Value);
        for (int i = 0; i < bench.Space.Blocks->Memory.Count; i++)
        {
            CheckFault(bench.Space.Blocks->Memory[i].Start.Value);
            CheckFault(bench.Space.Blocks->Memory[i].End.Value - 1);
        }
    }

    private void CheckHole(in TableGeometry geometry, ulong start, ulong end)
    {
        if (start < end)
        {
            CheckFault(start);
            CheckFault(start + ((end - start) / 2));
            CheckFault(end - geometry.PageSize);
        }
    }

    private void CheckFault(ulong address)
    {
        if ((Instructions.Translate(address) & 1) == 0)
        {
            Complain("is translated, but nothing is planned there", address);
        }
    }

    // What is written through the linear map is read through the fixmap: pages that would be the next tables, which nobody uses.
    private void CheckPattern(in Bench bench, ref El1Cpu cpu)
    {
        if (_failed)
        {
            return;
        }

        TableGeometry geometry = bench.Regime.Geometry;
        EarlyPageAllocator allocator = new(bench.Space.Working, geometry.PageSize);
        Fixmap<ImageMemory> fixmap = bench.Tables.Fixmap;
        int slot = fixmap.Layout.Index(TableSlot.Pte);
        for (ulong i = 0; i < PatternPages && allocator.Allocate(3, out PhysicalAddress page) == FailureCode.None; i++)
        {
            ulong* written = (ulong*)(page.Value + _offset);
            ulong last = (geometry.PageSize / sizeof(ulong)) - 1;
            written[0] = ~page.Value;
            written[last] = page.Value;
            _ = fixmap.Map(ref cpu, slot, TableSlot.Pte, page, 3, out TableWindow window);
            ulong first = cpu.Load(window, 0).Raw;
            ulong end = cpu.Load(window, (int)last).Raw;
            fixmap.Unmap(ref cpu, slot, TableSlot.Pte);
            if (first != ~page.Value || end != page.Value)
            {
                Complain("does not reach the page that the fixmap reaches", (ulong)written);
            }
        }
    }

    private void Complain(string what, ulong address)
    {
        _failed = true;
        Output.Write("ptewright-boot: ");
        Output.Hex(address);
        Output.Write(" ");
        Output.Line(what);
    }
}

/// <summary>Physical memory through the linear map that is in use.</summary>
internal readonly unsafe struct LinearMemory : IPhysicalMemory
{
    private readonly ulong _offset;

    /// <summary>Reaches every page at its physical address plus <paramref name="offset"/>.</summary>
    public LinearMemory(VirtualAddress offset) => _offset = offset.Value;

    /// <inheritdoc/>
    public void* At(PhysicalAddress address) => (void*)(address.Value + _offset);

    /// <inheritdoc/>
    public void* Through(VirtualAddress window, PhysicalAddress address) => (void*)window.Value;
}
