using System.Runtime;
using System.Runtime.CompilerServices;

namespace Ptewright.Boot;

/// <summary>Single instructions and tight loops of <c>Assembly/primitives.S</c>.</summary>
internal static unsafe class Instructions
{
    /// <summary><c>DSB ISHST</c>.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_dsb_ishst")]
    internal static extern void DsbIshst();

    /// <summary><c>DSB ISH</c>.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_dsb_ish")]
    internal static extern void DsbIsh();

    /// <summary><c>DSB NSHST</c>.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_dsb_nshst")]
    internal static extern void DsbNshst();

    /// <summary><c>DSB NSH</c>.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_dsb_nsh")]
    internal static extern void DsbNsh();

    /// <summary><c>ISB</c>.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_isb")]
    internal static extern void Isb();

    /// <summary><c>TLBI VAALE1IS</c>.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_tlbi_vaale1is")]
    internal static extern void TlbiVaale1is(ulong operand);

    /// <summary><c>TLBI VAAE1IS</c>.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_tlbi_vaae1is")]
    internal static extern void TlbiVaae1is(ulong operand);

    /// <summary><c>TLBI RVAALE1IS</c>.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_tlbi_rvaale1is")]
    internal static extern void TlbiRvaale1is(ulong operand);

    /// <summary><c>TLBI VMALLE1IS</c>.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_tlbi_vmalle1is")]
    internal static extern void TlbiVmalle1is();

    /// <summary><c>TLBI VMALLE1</c>.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_tlbi_vmalle1")]
    internal static extern void TlbiVmalle1();

    /// <summary><c>MSR TTBR0_EL1</c>.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_set_ttbr0")]
    internal static extern void SetTtbr0(ulong value);

    /// <summary><c>MSR TTBR1_EL1</c>.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_set_ttbr1")]
    internal static extern void SetTtbr1(ulong value);

    /// <summary>The upper half's table in use: TTBR1_EL1.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_ttbr1")]
    internal static extern ulong Ttbr1();

    /// <summary>Which CPU this is: MIDR_EL1.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_midr")]
    internal static extern ulong Midr();

    /// <summary>ID_AA64MMFR0_EL1: granules, size of physical addresses.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_mmfr0")]
    internal static extern ulong Mmfr0();

    /// <summary>ID_AA64MMFR2_EL1: size of virtual addresses.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_mmfr2")]
    internal static extern ulong Mmfr2();

    /// <summary>ID_AA64ISAR0_EL1: invalidation by range.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_isar0")]
    internal static extern ulong Isar0();

    /// <summary>ID_AA64DFR0_EL1: performance counters.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_dfr0")]
    internal static extern ulong Dfr0();

    /// <summary>DCZID_EL0: whether DC ZVA may be used, and how much it zeroes.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_dczid")]
    internal static extern ulong Dczid();

    /// <summary>CNTFRQ_EL0: ticks of the counter in a second.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_cntfrq")]
    internal static extern ulong CounterFrequency();

    /// <summary>CNTVCT_EL0, ordered on both sides.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_counter")]
    internal static extern ulong Counter();

    /// <summary>Writes entries in pairs.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_store_run")]
    internal static extern void StoreRun(void* entry, ulong count, ulong first, ulong step);

    /// <summary>Zeroes with DC ZVA, four blocks a round.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_zero_blocks")]
    internal static extern void ZeroBlocks(void* start, ulong bytes, ulong block);

    /// <summary>Fills a multiple of 64 bytes with one value.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_fill")]
    internal static extern void Fill(void* start, ulong bytes, ulong value);

    /// <summary><c>AT S1E1R</c>; gives PAR_EL1.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_translate")]
    internal static extern ulong Translate(ulong address);

    /// <summary>Translates pages in a row and gives how many were right before the first that was not.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "cpu_translate_run")]
    internal static extern ulong TranslateRun(ulong address, ulong count, ulong pageSize, ulong expected, ulong mask);

    /// <summary>Calls the firmware with <c>HVC</c>.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "firmware_hvc")]
    internal static extern ulong Hvc(ulong function);

    /// <summary>Calls the firmware with <c>SMC</c>.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "firmware_smc")]
    internal static extern ulong Smc(ulong function);

    /// <summary>Stops for good.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "halt")]
    internal static extern void Halt();

    /// <summary>Where the timed region begins: an address for counters outside.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "creation_start")]
    internal static extern void CreationStart();

    /// <summary>Where the timed region ends.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "creation_end")]
    internal static extern void CreationEnd();

    /// <summary>Reads a device register of 8 bits.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "device_read8")]
    internal static extern byte Read8(ulong address);

    /// <summary>Reads a device register of 32 bits.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "device_read32")]
    internal static extern uint Read32(ulong address);

    /// <summary>Writes a device register of 8 bits.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "device_write8")]
    internal static extern void Write8(ulong address, uint value);

    /// <summary>Writes a device register of 32 bits.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "device_write32")]
    internal static extern void Write32(ulong address, uint value);

    /// <summary>Changes the regime: everything of <c>Assembly/regime.S</c>.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "regime_switch")]
    internal static extern void SwitchRegime(ulong oldIdentity, ulong newIdentity, ulong upper, ulong tcr, ulong lowerAfterwards);

    /// <summary>Calls a function of two arguments at its lower address, with the stack and the first argument there too; it returns to the upper half.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "call_in_lower_half")]
    internal static extern void CallInLowerHalf(void* function, void* first, ulong second, ulong distance);

    /// <summary>The table of the files that are carried: for each where it begins and where it ends.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "carried_files")]
    internal static extern byte** CarriedFiles();

    /// <summary>Resets and starts the performance counters.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "counters_start")]
    internal static extern void StartCounters();

    /// <summary>PMCEID0_EL0: which events can be counted.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "counters_events")]
    internal static extern ulong CounterEvents();

    /// <summary>PMCR_EL0: bits 15:11 are the number of event counters.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "counters_control")]
    internal static extern ulong CounterControl();

    /// <summary>PMCCNTR_EL0: cycles.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "counters_cycles")]
    internal static extern ulong Cycles();

    /// <summary>PMEVCNTR0_EL0: retired instructions; 32 bits on older CPUs.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "counters_instructions")]
    internal static extern ulong RetiredInstructions();
}
