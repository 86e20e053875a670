using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Tests;

/// <summary>Recorded events as lines of text, so that a failed comparison shows what happened.</summary>
internal static class EventText
{
    /// <summary>What happened, where, with which value.</summary>
    public static string Describe(CpuEvent item) => item.Kind switch
    {
        CpuEventKind.Store => Store(item.Table, item.Index, item.Value),
        CpuEventKind.StoreRun => $"store {item.Table}[{item.Index}] x{item.Count} = {item.Value} step 0x{item.Step:x}",
        CpuEventKind.Clear => $"clear {item.Table} {item.Count}",
        CpuEventKind.DsbIshst => "DSB ISHST",
        CpuEventKind.DsbIsh => "DSB ISH",
        CpuEventKind.Isb => "ISB",
        CpuEventKind.TlbiVaale1is => $"TLBI VAALE1IS {item.Address}",
        CpuEventKind.TlbiVaae1is => $"TLBI VAAE1IS {item.Address}",
        CpuEventKind.TlbiRvaale1is => $"TLBI RVAALE1IS {item.Address} x{item.Count}",
        CpuEventKind.TlbiVmalle1is => "TLBI VMALLE1IS",
        CpuEventKind.SetTtbr0 => $"TTBR0 = {item.Table}",
        CpuEventKind.Mapped => $"map {item.Slot} {item.Address} -> {item.Table}",
        CpuEventKind.Unmapped => $"unmap {item.Slot} {item.Address}",
        _ => $"event {item.Kind}",
    };

    /// <summary>The line of one entry written.</summary>
    public static string Store(PhysicalAddress table, int index, Descriptor value) => $"store {table}[{index}] = {value}";
}
