using Ptewright.Cli.Output;
using Ptewright.Discovery;
using Ptewright.Memory;

namespace Ptewright.Cli.Commands.Inspect;

/// <content>The machine that the kernel runs on.</content>
internal sealed partial class InspectReport
{
    private void WriteMachine(FoundMachine? machine)
    {
        if (machine is null)
        {
            return;
        }

        Head("Machine");
        Line("memory", machine.Memory, layout => Ranges(layout.Memory));
        Line("memory by now", machine.OwnMemory, Ranges);
        Line("device tree", machine.DeviceTree);
        Line("command line", machine.CommandLine, line => ForeignText.Quote(line, 1000));
        Line("CPU", machine.Cpu, cpu => cpu.Name);
        Line("MIDR_EL1", machine.CpuId, id => Numbers.Hex(id));
        Line("memstart_addr", machine.MemoryStart, Hex);
        Line("symbols", machine.Symbols, symbols => Numbers.Count((ulong)symbols.Count));
        Line("configuration", machine.Configuration, text => Numbers.Bytes((ulong)text.Length));
        if (machine.NoSymbols is { } why)
        {
            Line("symbols", "none", why);
        }

        foreach (string remark in machine.Remarks)
        {
            Paragraph(OptionNames.In(remark));
        }
    }

    private static string Ranges(IReadOnlyList<MemoryRegion> regions)
    {
        ulong mapped = regions.Where(region => !region.NoMap).Aggregate(0UL, (sum, region) => sum + region.Size);
        ulong noMap = regions.Where(region => region.NoMap).Aggregate(0UL, (sum, region) => sum + region.Size);
        return $"{Numbers.Bytes(mapped + noMap)} in {Numbers.Of((ulong)regions.Count, "range")}{(noMap > 0 ? $", {Numbers.Bytes(noMap)} of it not mapped" : string.Empty)}";
    }
}
