using Ptewright.Booting;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Boot;

/// <summary>What the image says: lines for people, and below each, for programs, the same in one line that starts with <c>@</c>.</summary>
/// <remarks>The format of the <c>@</c> lines is in docs/boot.md: a word for the kind, then <c>name=value</c>; numbers decimal, addresses hexadecimal.</remarks>
internal static unsafe class Report
{
    /// <summary>Image, CPU, memory.</summary>
    public static void Machine(in BootInfo info, in Machine machine, in CpuFeatures cpu)
    {
        Output.Write("@machine version=1 midr=");
        Output.Hex(Instructions.Midr());
        Number(" el=", (ulong)info.ExceptionLevel);
        Address(" image=", info.Image.Value);
        Address(" imageEnd=", info.ImageEnd.Value);
        Address(" deviceTree=", machine.DeviceTree.Value);
        Number(" deviceTreeSize=", machine.DeviceTreeSize);
        Number(" frequency=", Instructions.CounterFrequency());
        Number(" rangeInvalidation=", cpu.HasRangeInvalidation ? 1UL : 0);
        Number(" counters=", cpu.HasPerformanceCounters ? 1UL : 0);
        Output.Line();
    }

    /// <summary>A granule that was asked for and cannot be used.</summary>
    public static void Skipped(GranuleSize granule, string why)
    {
        Output.Write("@skipped granule=");
        Output.Write(GranuleName(granule));
        Output.Write(" reason=");
        Output.Line(why);
    }

    /// <summary>What was found of the cases of one vector file.</summary>
    public static void Vectors(BootVectorFile file, int passed, int failed, int firstFailed)
    {
        Output.Write("@vectors file=");
        Output.Write(BootVectors.Name(file));
        Number(" passed=", (ulong)passed);
        Number(" failed=", (ulong)failed);
        Number(" firstFailed=", (ulong)firstFailed);
        Output.Line();
    }

    /// <summary>The regime and the plan, and the head of the table that follows.</summary>
    public static void Plan(in Bench bench)
    {
        TableGeometry geometry = bench.Regime.Geometry;
        Output.Line();
        Output.Write(GranuleName(geometry.Granule));
        Output.Write(" pages, ");
        Output.Number((ulong)geometry.ActualVirtualAddressBits);
        Output.Write("-bit virtual addresses");
        if (geometry.ActualVirtualAddressBits != geometry.VirtualAddressBits)
        {
            Output.Write(" (built for ");
            Output.Number((ulong)geometry.VirtualAddressBits);
            Output.Write(")");
        }

        Output.Write(", ");
        Output.Number(bench.MappedBytes >> 20);
        Output.Write(" MiB of memory, ");
        Output.Line(BootScopes.Name(bench.Scope));

        Output.Write("@plan");
        Regime(bench.Regime);
        Number(" addressBits=", (ulong)bench.Regime.Format.AddressBits);
        Address(" root=", bench.Tables.BuiltRoot.Value);
        Address(" start=", bench.Place.Start.Value);
        Number(" requests=", bench.Requests);
        Number(" bytes=", bench.MappedBytes);
        Output.Write(" scope=");
        Output.Write(BootScopes.Name(bench.Scope));
        Address(" codeEnd=", bench.Info.Place.CodeEnd.Value);
        Address(" virtual=", bench.Info.ImageVirtual.Value);
        Address(" identityRoot=", bench.Tables.BuiltIdentityRoot.Value);
        Address(" fixmapTables=", bench.Tables.FixmapTables.Value);
        Output.Line();
        for (int i = 0; i < bench.Space.Blocks->Memory.Count; i++)
        {
            MemoryRegion region = bench.Space.Blocks->Memory[i];
            Address("@memory start=", region.Start.Value);
            Address(" end=", region.End.Value);
            Number(" nomap=", region.NoMap ? 1UL : 0);
            Output.Line();
        }

        for (int i = 0; i < bench.Space.Blocks->Reserved.Count; i++)
        {
            MemoryRegion region = bench.Space.Blocks->Reserved[i];
            Address("@reserved start=", region.Start.Value);
            Address(" end=", region.End.Value);
            Output.Line();
        }

        Output.Line("strategy           min us   median us       TLBI        DSB        ISB    tables    pages checked");
    }

    /// <summary>One strategy's result.</summary>
    public static void Result(in Bench bench, BootStrategy strategy, in CreationResult result, in TrialResult trial)
    {
        ulong frequency = Instructions.CounterFrequency();
        string name = BootStrategies.Name(strategy);
        Output.Write(name);
        for (int i = name.Length; i < 14; i++)
        {
            Output.Write(" ");
        }

        Output.Number(Microseconds(trial.TicksMin, frequency), 11);
        Output.Number(Microseconds(trial.TicksMedian, frequency), 12);
        Output.Number(result.Counts.Tlbi, 11);
        Output.Number(result.Counts.Dsb, 11);
        Output.Number(result.Counts.Isb, 11);
        Output.Number(result.Statistics.Tables, 10);
        Output.Number(trial.PagesVerified, 17);
        Output.Line(trial.Passed ? "" : "  FAILED");

        Output.Write("@result");
        Regime(bench.Regime);
        Output.Write(" strategy=");
        Output.Write(name);
        Number(" ticksMin=", trial.TicksMin);
        Number(" ticksMedian=", trial.TicksMedian);
        Number(" cyclesMin=", trial.CyclesMin);
        Number(" instructionsMin=", trial.InstructionsMin);
        Counts(result.Counts);
        Number(" tables=", result.Statistics.Tables);
        Number(" visits=", result.Statistics.Visits);
        Number(" pages=", result.Statistics.Pages);
        Number(" blocks=", result.Statistics.Blocks);
        Number(" pagesVerified=", trial.PagesVerified);
        Output.Write(" digest=");
        Digest(trial.Digest);
        Output.Write(" identityDigest=");
        Digest(trial.IdentityDigest);
        Number(" passed=", trial.Passed ? 1UL : 0);
        Output.Line();
    }

    /// <summary>The table of the patch, for this machine: before and after, in milliseconds, and the change.</summary>
    public static void Step(ulong before, ulong after)
    {
        Output.Line("  ms (%)");
        Step("  before ", before, before);
        Step("  after  ", before, after);
    }

    private static void Step(string name, ulong before, ulong ticks)
    {
        ulong microseconds = Microseconds(ticks, Instructions.CounterFrequency());
        Output.Write(name);
        Output.Number(microseconds / 1000, 7);
        Output.Write(".");
        Output.Number(microseconds / 100 % 10);

        // Rounded to the nearest percent.
        ulong difference = ticks > before ? ticks - before : before - ticks;
        ulong percent = ((difference * 100) + (before / 2)) / before;
        Output.Write(percent == 0 ? "  (" : ticks > before ? "  (+" : "  (-");
        Output.Number(percent);
        Output.Line("%)");
    }

    /// <summary>A regime that could not be used.</summary>
    public static void Failure(in TranslationRegime regime, FailureCode code)
    {
        Output.Write("@failure");
        Regime(regime);
        Number(" code=", (ulong)code);
        Output.Line();
        Output.Line(code switch
        {
            FailureCode.AddressNotCovered => "ptewright-boot: the image does not lie in memory that the device tree names and the linear map can hold",
            FailureCode.OutOfMemory => "ptewright-boot: there is no room for the image's own tables or for the temporary map: too many memory regions",
            FailureCode.TooManyRegions => "ptewright-boot: the device tree has more memory regions than there is room for",
            _ => "ptewright-boot: the engine stopped while it prepared this granule",
        });
    }

    /// <summary>A creation that stopped.</summary>
    public static void Failure(in TranslationRegime regime, BootStrategy strategy, in MapFailure failure)
    {
        Output.Write("@failure");
        Regime(regime);
        Output.Write(" strategy=");
        Output.Write(BootStrategies.Name(strategy));
        Number(" code=", (ulong)failure.Code);
        Address(" address=", failure.Address.Value);
        Number(" level=", (ulong)(failure.Level + 1));
        Address(" entry=", failure.Entry.Raw);
        Output.Line();
        Output.Line("ptewright-boot: the engine stopped: the line above says where");
    }

    private static void Counts(in OperationCounts counts)
    {
        Number(" fixmapMaps=", counts.FixmapMaps);
        Number(" fixmapUnmaps=", counts.FixmapUnmaps);
        Number(" tlbiVaale1is=", counts.TlbiVaale1is);
        Number(" tlbiVaae1is=", counts.TlbiVaae1is);
        Number(" tlbiRvaale1is=", counts.TlbiRvaale1is);
        Number(" tlbiVmalle1is=", counts.TlbiVmalle1is);
        Number(" tlbiVmalle1=", counts.TlbiVmalle1);
        Number(" dsbIshst=", counts.DsbIshst);
        Number(" dsbIsh=", counts.DsbIsh);
        Number(" dsbNshst=", counts.DsbNshst);
        Number(" dsbNsh=", counts.DsbNsh);
        Number(" isb=", counts.Isb);
        Number(" ttbr0Writes=", counts.Ttbr0Writes);
        Number(" ttbr1Writes=", counts.Ttbr1Writes);
    }

    private static void Regime(in TranslationRegime regime)
    {
        Output.Write(" granule=");
        Output.Write(GranuleName(regime.Geometry.Granule));
        Number(" vaBits=", (ulong)regime.Geometry.VirtualAddressBits);
        Number(" actualBits=", (ulong)regime.Geometry.ActualVirtualAddressBits);
    }

    private static string GranuleName(GranuleSize granule) =>
        granule == GranuleSize.Size4K ? "4K" : granule == GranuleSize.Size16K ? "16K" : "64K";

    private static void Digest(in TableDigest digest)
    {
        Output.Hex(digest.High, 16);
        Output.Hex(digest.Low, 16);
    }

    private static ulong Microseconds(ulong ticks, ulong frequency) => frequency == 0 ? 0 : ticks * 1_000_000 / frequency;

    private static void Number(string name, ulong value)
    {
        Output.Write(name);
        Output.Number(value);
    }

    private static void Address(string name, ulong value)
    {
        Output.Write(name);
        Output.Hex(value);
    }
}
