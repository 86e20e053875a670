using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Boot;

/// <summary>The console through a slot of the fixmap: the one place where a root that a plan built can show it, as a kernel's early console.</summary>
internal static class ConsoleWindow
{
    /// <summary>Maps the console's registers through the slot above the table slots, and writes there from now on.</summary>
    public static void Open(in Bench bench, ref El1Cpu cpu)
    {
        if (Output.IsOpen)
        {
            ulong mask = bench.Regime.Geometry.PageSize - 1;
            ulong bits = Protection.Create(ProtectionKind.DeviceNGnRE, notGlobal: false, bench.Regime.Format.IsLpa2).PageBits;
            VirtualAddress page = Set(bench, ref cpu, bench.Regime.Format.Encode(bench.Console.AlignDown(mask + 1)) | bits);
            Output.Registers = page.Value + (bench.Console.Value & mask);
        }
    }

    /// <summary>Writes where the console is seen otherwise, and takes the mapping away.</summary>
    public static void Close(in Bench bench, ref El1Cpu cpu)
    {
        if (Output.IsOpen)
        {
            Output.Registers = EarlyTables.ConsoleAddress(bench.Console).Value;
            VirtualAddress page = Set(bench, ref cpu, 0);
            cpu.TlbiVaale1is(page);
            cpu.DsbIsh();
            cpu.Isb();
        }
    }

    private static VirtualAddress Set(in Bench bench, ref El1Cpu cpu, ulong entry)
    {
        Fixmap<ImageMemory> fixmap = bench.Tables.Fixmap;
        VirtualAddress page = fixmap.Layout.Address(fixmap.Layout.PteIndex - 1);
        cpu.Store(fixmap.Direct(fixmap.SlotTable, 3), bench.Regime.Geometry.Index(3, page), new Descriptor(entry));
        cpu.DsbIshst();
        cpu.Isb();
        return page;
    }
}
