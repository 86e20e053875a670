using Ptewright.Addressing;
using Ptewright.Booting;
using Ptewright.DeviceTree;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Boot;

/// <summary>All that the boot arguments ask for, granule by granule.</summary>
internal unsafe struct BootRun
{
    // The first regime of the image's life is the one that start-up made; its tables need the first pages of the reserve.
    private const ulong FirstReserve = 1 << 16;

    private readonly BootInfo _info;
    private readonly CpuFeatures _cpu;
    private readonly Workspace _space;
    private Machine _machine;
    private DeviceTreeBlob _blob;
    private BootArguments _arguments;
    private PhysicalAddress _identityRoot;
    private bool _upperHalfOfReserve;
    private ulong _passed;
    private ulong _failed;

    private BootRun(in BootInfo info)
    {
        this = default;
        _info = info;
        _cpu = CpuFeatures.Read();
        _space = new Workspace(info.Storage, info.StorageSize);
        _identityRoot = info.FirstIdentityRoot;
    }

    /// <summary>Runs everything and switches off.</summary>
    public static void Run(in BootInfo info)
    {
        Firmware.Guess = info.ExceptionLevel == 1 ? PsciMethod.Hvc : PsciMethod.Smc;
        BootRun run = new(info);
        run.Prepare();
        if (run._arguments.ChecksVectors)
        {
            run.CheckVectors();
        }

        run.RunGranule(GranuleSize.Size4K);
        run.RunGranule(GranuleSize.Size16K);
        run.RunGranule(GranuleSize.Size64K);
        if (run._passed + run._failed == 0)
        {
            Firmware.Stop("Nothing of what was asked for can be done on this CPU.");
        }

        Output.Line();
        Output.Number(run._passed);
        Output.Write(" passed, ");
        Output.Number(run._failed);
        Output.Line(" failed");
        Firmware.PowerOff();
    }

    private void Prepare()
    {
        Machine.Find(_info, new ReservePageAllocator(_info.Reserve, _info.Reserve + FirstReserve, 1 << 12), out _machine);
        Output.Line();
        Output.Line("ptewright-boot: the linear map, created at EL1");
        if (!_space.Fits)
        {
            Firmware.Stop("The image's storage is too small: this is a mistake in the image.");
        }

        _ = DeviceTreeBlob.TryOpen(_machine.DeviceTreeBytes, (uint)_machine.DeviceTreeSize, out _blob, out _);
        BootTree tree = ReadTree(GranuleSize.Size4K);
        if (!BootArguments.TryParse(tree.Arguments, tree.ArgumentsLength, out _arguments, out uint errorStart, out uint errorLength))
        {
            Output.Write("ptewright-boot: not understood: ");
            Output.Write(tree.Arguments + errorStart, errorLength);
            Output.Line();
            Firmware.Stop("Arguments are strategies=NAME,... granule=4k|16k|64k|all va=BITS repeat=N verify=full|fast|none scope=map_mem|paging_init vectors=yes|no.");
        }

        Report.Machine(_info, _machine, _cpu);
    }

    private BootTree ReadTree(GranuleSize granule)
    {
        _space.Reset();
        PhysicalAddress end = _machine.DeviceTree + _machine.DeviceTreeSize;
        if (!BootTree.TryRead(
            _blob, _machine.DeviceTree, end, _info.Image, _info.ImageEnd, 1UL << (int)granule, _space.Blocks, out BootTree tree, out DeviceTreeFailure failure))
        {
            Output.Write("ptewright-boot: error ");
            Output.Number((ulong)failure.Code);
            Output.Write(" at byte ");
            Output.Number(failure.Offset);
            Output.Line(" of the device tree.");
            Firmware.Stop(failure.Code == DeviceTreeError.None
                ? "The device tree has more memory regions than this image has room for."
                : "The device tree is broken.");
        }

        return tree;
    }

    private readonly bool IsWanted(GranuleSize granule)
    {
        if (_arguments.NamesGranules)
        {
            return _arguments.Has(granule);
        }

        // Unless one is named: the smallest that the CPU has.
        return granule == GranuleSize.Size4K
            ? _cpu.Has(granule)
            : granule == GranuleSize.Size16K
                ? _cpu.Has(granule) && !_cpu.Has(GranuleSize.Size4K)
                : !_cpu.Has(GranuleSize.Size4K) && !_cpu.Has(GranuleSize.Size16K);
    }

    private void RunGranule(GranuleSize granule)
    {
        if (!IsWanted(granule))
        {
            return;
        }

        if (!_cpu.Has(granule))
        {
            Report.Skipped(granule, "this CPU does not have the granule");
            return;
        }

        _ = ReadTree(granule);
        TableGeometry lower = TemporaryMap.GeometryFor(granule, *_space.Blocks);
        if (!TranslationRegime.TryChoose(granule, _arguments.Scope, _arguments.VirtualAddressBits, lower.VirtualAddressBits, _cpu, out TranslationRegime regime))
        {
            Report.Skipped(granule, _arguments.Scope == BootScope.LinearMap
                ? "there is no such size of virtual addresses with this granule"
                : "there is no such size of virtual addresses with this granule and paging_init");
            return;
        }

        switch (granule)
        {
            case GranuleSize.Size4K:
                RunRegime<Granule4K>(regime, lower);
                break;
            case GranuleSize.Size16K:
                RunRegime<Granule16K>(regime, lower);
                break;
            default:
                RunRegime<Granule64K>(regime, lower);
                break;
        }
    }

    private void RunRegime<TGranule>(in TranslationRegime regime, in TableGeometry lower)
        where TGranule : struct, IGranule
    {
        Bench bench = default;
        bench.Info = _info;
        bench.Scope = _arguments.Scope;
        bench.Console = _machine.Console;
        bench.Regime = regime;
        bench.Space = _space;
        bench.HasRangeInvalidation = _cpu.HasRangeInvalidation;

        FailureCode code = BootPlan.TryMake(
            ref *_space.Blocks, bench.Settings, _info.Place, bench.Scope, _space.Steps, out bench.StepCount, out bench.Place);
        if (code == FailureCode.None)
        {
            code = EarlyTables.TryBuild<TGranule>(_info, bench.Scope, regime, lower, _machine, NextReserve(regime.Geometry.PageSize), out bench.Tables);
        }

        if (code != FailureCode.None)
        {
            Report.Failure(regime, code);
            _failed++;
            return;
        }

        Switch(bench);
        Report.Plan(bench);
        bool hasDigest = false;
        TableDigest digest = default;
        ulong before = 0;
        ulong after = 0;
        for (int i = 0; i < BootStrategies.Count; i++)
        {
            BootStrategy strategy = (BootStrategy)i;
            if (!_arguments.Has(strategy))
            {
                continue;
            }

            Count(Trial<TGranule>.Run(bench, strategy, _arguments, _cpu, ref hasDigest, ref digest, out TrialResult trial));
            before = strategy == BootStrategy.BatchBarriers ? trial.TicksMin : before;
            after = strategy == BootStrategy.SingleMap ? trial.TicksMin : after;
        }

        if (before != 0 && after != 0)
        {
            Report.Step(before, after);
        }
    }

    private void CheckVectors()
    {
        Output.Line();
        byte** files = Instructions.CarriedFiles();
        for (int i = 0; i < BootVectors.Count; i++)
        {
            byte* start = files[2 * i];
            BootVectors.Check((BootVectorFile)i, start, (uint)(files[(2 * i) + 1] - start), out int passed, out int failed, out int firstFailed);
            Report.Vectors((BootVectorFile)i, passed, failed, firstFailed);
            Count(passed > 0 && failed == 0);
        }
    }

    private void Count(bool passed)
    {
        _passed += passed ? 1UL : 0;
        _failed += passed ? 0 : 1UL;
    }

    // The tables of the regime in use must stay while the next one's are built: they take turns in the two halves of the reserve.
    private ReservePageAllocator NextReserve(ulong pageSize)
    {
        ulong half = (_info.ReserveEnd.Value - _info.Reserve.Value) / 2;
        PhysicalAddress start = _upperHalfOfReserve ? _info.Reserve + half : _info.Reserve + FirstReserve;
        PhysicalAddress end = _upperHalfOfReserve ? _info.ReserveEnd : _info.Reserve + half;
        _upperHalfOfReserve = !_upperHalfOfReserve;
        return new ReservePageAllocator(start, end, pageSize);
    }

    private void Switch(in Bench bench)
    {
        PhysicalAddress upper = bench.Tables.LiveRoot + bench.Regime.Geometry.Ttbr1Offset;
        Instructions.SwitchRegime(
            TranslationTableBase.Encode(_identityRoot),
            TranslationTableBase.Encode(bench.Tables.IdentityRoot),
            TranslationTableBase.Encode(upper),
            bench.Regime.Tcr,
            TranslationTableBase.Encode(bench.Tables.EmptyTable));
        _identityRoot = bench.Tables.IdentityRoot;
    }
}
