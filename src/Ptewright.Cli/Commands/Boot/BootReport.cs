using System.Globalization;
using Ptewright.Booting;
using Ptewright.Cli.Output;
using Ptewright.Simulation;
using Ptewright.Texts;
using Ptewright.Translation;
using Spectre.Console;

namespace Ptewright.Cli.Commands.Boot;

/// <summary>What <c>boot</c> writes for people.</summary>
internal sealed class BootReport(Terminal terminal, BootOutcome outcome)
{
    /// <summary>Writes all of it.</summary>
    public void Write()
    {
        BootMachine machine = outcome.Transcript.Machine;
        string where = outcome.Accelerator switch
        {
            null => "From a console's text",
            "tcg" => $"QEMU, CPU {outcome.Cpu}, emulated (TCG): counts are exact, times are the emulator's",
            string hardware => $"QEMU, CPU {outcome.Cpu}, on this computer's own ({hardware.ToUpperInvariant()})",
        };
        terminal.Out.WriteLine($"{where}; {Numbers.Bytes(outcome.MemoryBytes)} of memory");
        terminal.Out.WriteLine(
            $"MIDR {Numbers.Hex(machine.Midr)}, entered at EL{machine.ExceptionLevel}, image at {machine.Image}..{machine.ImageEnd}, timer {Numbers.Count(machine.Frequency)} Hz");
        WriteVectors();
        foreach (BootRegimeOutcome regime in outcome.Regimes)
        {
            terminal.Out.WriteLine();
            Write(machine, regime);
        }

        foreach (string problem in outcome.Transcript.Problems)
        {
            terminal.Out.WriteLine($"Note: {problem}");
        }

        terminal.Out.WriteLine();
        terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{outcome.Passed} passed, {outcome.Failed} failed"));
    }

    private void WriteVectors()
    {
        if (outcome.Transcript.Vectors.Count == 0)
        {
            return;
        }

        terminal.Out.WriteLine();
        terminal.Out.WriteLine("Test vectors at EL1:");
        foreach (BootVectorResult vectors in outcome.Transcript.Vectors)
        {
            string failed = vectors.Failed == 0
                ? string.Empty
                : string.Create(CultureInfo.InvariantCulture, $", {vectors.Failed} do not, the first in line {vectors.FirstFailedLine}");
            terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {vectors.File,-22}{vectors.Passed,4} cases hold{failed}"));
        }
    }

    private void Write(BootMachine machine, BootRegimeOutcome regime)
    {
        TableGeometry geometry = regime.Regime.Geometry;
        string inUse = geometry.ActualVirtualAddressBits == geometry.VirtualAddressBits
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $" ({geometry.ActualVirtualAddressBits} in use)");
        terminal.WriteMarked(string.Create(
            CultureInfo.InvariantCulture,
            $"[bold]{GranuleText.NameOf(geometry.Granule)} pages, {geometry.VirtualAddressBits}-bit addresses{inUse}, {Numbers.Bytes(regime.Regime.MappedBytes)} mapped{Around(regime.Regime)}[/]"));

        Table table = new Table().Border(TableBorder.Simple);
        bool counted = regime.Comparisons.Any(comparison => comparison.Result.InstructionsMin > 0);
        string[] instructions = counted ? ["instructions"] : [];
        string[] heads = ["strategy", "measured ms", "median ms", "model ms", "tables", "TLBI", "DSB", "ISB", .. instructions, "verified", "as on the host"];
        foreach (string head in heads)
        {
            table.AddColumn(new TableColumn(head) { Alignment = head is "strategy" or "as on the host" ? Justify.Left : Justify.Right, NoWrap = true });
        }

        foreach (BootComparison comparison in regime.Comparisons)
        {
            BootResult result = comparison.Result;
            string[] cells =
            [
                comparison.Preset.Name,
                Numbers.Milliseconds(MeasuredCosts.Milliseconds(machine, result.TicksMin)),
                Numbers.Milliseconds(MeasuredCosts.Milliseconds(machine, result.TicksMedian)),
                regime.ModelMilliseconds(comparison) is { } modelled ? Numbers.Milliseconds(modelled) : "-",
                Numbers.Count(result.Tables),
                Numbers.Count(result.Counts.Tlbi),
                Numbers.Count(result.Counts.Dsb),
                Numbers.Count(result.Counts.Isb),
                .. counted ? [Numbers.Count(result.InstructionsMin)] : Array.Empty<string>(),
                Numbers.Count(result.PagesVerified),
                Verdict(comparison),
            ];
            table.AddRow(cells);
        }

        terminal.Write(table);
        WriteStep(machine, regime);
        if (regime.Model is { } model)
        {
            terminal.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"Model: {model.WindowMicroseconds:0.000} us a window, {model.EntryMicroseconds:0.0000} us a synchronised entry, {model.TableMicroseconds:0.000} us a table; "
                + $"solved from baseline, map-once and batch-barriers, so the others are predictions."));
        }
    }

    // The table of the patch, for this machine.
    private void WriteStep(BootMachine machine, BootRegimeOutcome regime)
    {
        BootResult? before = regime.Comparisons.FirstOrDefault(comparison => comparison.Preset == StrategyPresets.BatchBarriers)?.Result;
        BootResult? after = regime.Comparisons.FirstOrDefault(comparison => comparison.Preset == StrategyPresets.SingleMap)?.Result;
        if (before is null || after is null || before.TicksMin == 0)
        {
            return;
        }

        double change = ((double)after.TicksMin - before.TicksMin) / before.TicksMin * 100;
        terminal.Out.WriteLine(
            $"The seed's step, measured: before {Numbers.Milliseconds(MeasuredCosts.Milliseconds(machine, before.TicksMin))} ms, "
            + $"after {Numbers.Milliseconds(MeasuredCosts.Milliseconds(machine, after.TicksMin))} ms {Numbers.InBrackets(change).Trim()}");
    }

    private static string Around(BootRegime regime) =>
        regime.Scope == BootScope.LinearMap ? string.Empty : $", all of {BootScopes.Name(regime.Scope)}";

    private static string Verdict(BootComparison comparison) => comparison switch
    {
        { Result.Passed: false } => "FAILED at EL1",
        { CountsMatch: false } => "other counts",
        { DigestMatches: false } => "other tables",
        _ => "yes",
    };
}
