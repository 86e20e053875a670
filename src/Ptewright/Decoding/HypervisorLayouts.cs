using static Ptewright.Decoding.ControlLayouts;
using static Ptewright.Decoding.FieldLayout;

namespace Ptewright.Decoding;

/// <summary>The fields of the registers of stage 2: HCR_EL2, VTCR_EL2, VTTBR_EL2 and HPFAR_EL2.</summary>
/// <remarks>Arm ARM D24.2.</remarks>
internal static class HypervisorLayouts
{
    private static readonly string[] _trapped = ["not trapped", "trapped"];

    /// <summary>HCR_EL2.</summary>
    public static FieldLayout Hcr { get; } = new(
        "HCR_EL2",
        [
            Bits("TWEDEL", 63, 60, "a trapped WFE waits 2^(TWEDEL + 8) cycles (FEAT_TWED)"),
            Bit("TWEDEn", 59, "TWEDEL counts (FEAT_TWED)", No),
            Bit("TID5", 58, "EL1 reads GMID_EL1 (FEAT_MTE2)", _trapped),
            Bit("DCT", 57, "with DC: memory is tagged (FEAT_MTE2)", No),
            Bit("ATA", 56, "EL1 and EL0 reach allocation tags (FEAT_MTE2)", No),
            Bit("TTLBOS", 55, "TLBI of the Outer Shareable domain at EL1 (FEAT_EVT)", _trapped),
            Bit("TTLBIS", 54, "TLBI of the Inner Shareable domain at EL1 (FEAT_EVT)", _trapped),
            Bit("EnSCXT", 53, "EL1 and EL0 may use SCXTNUM (FEAT_CSV2_2)", No),
            Bit("TOCU", 52, "cache maintenance to the Point of Unification (FEAT_EVT)", _trapped),
            Bit("AMVOFFEN", 51, "activity monitors are offset (FEAT_AMUv1p1)", No),
            Bit("TICAB", 50, "IC IALLUIS at EL1 (FEAT_EVT)", _trapped),
            Bit("TID4", 49, "EL1 reads the cache ID registers (FEAT_EVT)", _trapped),
            Bit("GPF", 48, "granule protection faults of EL1 and EL0 go to EL2 (FEAT_RME)", No),
            Bit("FIEN", 47, "EL1 may inject faults (FEAT_RASv1p1)", No),
            Bit("FWB", 46, "stage 2 memory types override those of stage 1 (FEAT_S2FWB)", No),
            Bit("NV2", 45, "nested: register accesses become memory accesses (FEAT_NV2)", No),
            Bit("AT", 44, "AT instructions of EL1 (FEAT_NV)", _trapped),
            Bit("NV1", 43, "nested: EL1 behaves as EL2 without E2H would (FEAT_NV)", No),
            Bit("NV", 42, "nested: EL1 believes that it is EL2 (FEAT_NV)", No),
            Bit("API", 41, "pointer authentication instructions (FEAT_PAuth)", "trapped", "not trapped"),
            Bit("APK", 40, "pointer authentication keys (FEAT_PAuth)", "trapped", "not trapped"),
            Reserved(39, 38),
            Bit("TEA", 37, "External aborts of EL1 and EL0 go to EL2 (FEAT_RAS)", No),
            Bit("TERR", 36, "EL1 and the error record registers (FEAT_RAS)", _trapped),
            Bit("TLOR", 35, "EL1 and the LORegion registers (FEAT_LOR)", _trapped),
            Bit("E2H", 34, "EL2 hosts an operating system: EL2&0 (FEAT_VHE)", No),
            Bit("ID", 33, "with VM: fetches of EL1 and EL0 are non-cacheable", No),
            Bit("CD", 32, "with VM: data of EL1 and EL0 is non-cacheable", No),
            Bit("RW", 31, "the state of EL1", "AArch32", "AArch64"),
            Bit("TRVM", 30, "EL1 reads the registers of virtual memory", _trapped),
            Bit("HCD", 29, "HVC, where there is no EL3", "allowed", "undefined"),
            Bit("TDZ", 28, "DC ZVA of EL1 and EL0", _trapped),
            Bit("TGE", 27, "exceptions of EL0 go to EL2", No),
            Bit("TVM", 26, "EL1 writes the registers of virtual memory", _trapped),
            Bit("TTLB", 25, "TLBI of EL1", _trapped),
            Bit("TPU", 24, "cache maintenance to the Point of Unification", _trapped),
            Bit("TPCP", 23, "data cache maintenance to the Point of Coherency", _trapped),
            Bit("TSW", 22, "data cache maintenance by set and way", _trapped),
            Bit("TACR", 21, "EL1 and ACTLR_EL1", _trapped),
            Bit("TIDCP", 20, "IMPLEMENTATION DEFINED instructions and registers", _trapped),
            Bit("TSC", 19, "SMC of EL1", _trapped),
            Bit("TID3", 18, "EL1 reads the feature ID registers", _trapped),
            Bit("TID2", 17, "EL1 and the cache ID registers", _trapped),
            Bit("TID1", 16, "EL1 reads REVIDR_EL1 and AIDR_EL1", _trapped),
            Bit("TID0", 15, "AArch32 reads FPSID and JIDR", _trapped),
            Bit("TWE", 14, "WFE of EL1 and EL0", _trapped),
            Bit("TWI", 13, "WFI of EL1 and EL0", _trapped),
            Bit("DC", 12, "stage 1 is off, and its memory is Normal write-back", No),
            Bits("BSU", 11, 10, "barriers of EL1 and EL0 reach at least", "as they say", "Inner Shareable", "Outer Shareable", "the full system"),
            Bit("FB", 9, "local cache and TLB maintenance of EL1 is broadcast in the Inner Shareable domain", No),
            Bit("VSE", 8, "a virtual SError is pending", No),
            Bit("VI", 7, "a virtual IRQ is pending", No),
            Bit("VF", 6, "a virtual FIQ is pending", No),
            Bit("AMO", 5, "physical SErrors go to EL2", No),
            Bit("IMO", 4, "physical IRQs go to EL2", No),
            Bit("FMO", 3, "physical FIQs go to EL2", No),
            Bit("PTW", 2, "a stage 1 table in stage 2 Device memory is a permission fault", No),
            Bit("SWIO", 1, "invalidation by set and way also cleans", No),
            Bit("VM", 0, "stage 2 translation is on", No),
        ]);

    /// <summary>HPFAR_EL2.</summary>
    public static FieldLayout Hpfar { get; } = new(
        "HPFAR_EL2",
        [
            Bit("NS", 63, "the IPA is Non-secure, in secure state only", No),
            Reserved(62, 48),
            Address("FIPA", "the page of the IPA that faulted", new FieldPiece(47, 4, 12)),
            Reserved(3, 0),
        ]);

    /// <summary>VTCR_EL2. What SL0 says depends on TG0, DS and SL2.</summary>
    /// <param name="raw">Its value.</param>
    public static FieldLayout Vtcr(ulong raw)
    {
        int granule = (int)(raw >> 14) & 3;
        bool isLpa2 = (raw & (1UL << 32)) != 0;
        bool hasNegative = isLpa2 && (raw & (1UL << 33)) != 0;
        string[] levels = granule switch
        {
            0 when hasNegative => ["level -1", "reserved", "reserved", "reserved"],
            0 => ["level 2", "level 1", "level 0", "level 3 (FEAT_TTST)"],
            2 => ["level 3", "level 2", "level 1", isLpa2 ? "level 0" : "reserved"],
            1 => ["level 3", "level 2", "level 1", "reserved"],
            _ => ["reserved", "reserved", "reserved", "reserved"],
        };
        return new FieldLayout(
            "VTCR_EL2",
            [
                Reserved(63, 46),
                Bit("HDBSS", 45, "the CPU notes what became dirty (FEAT_HDBSS)", No),
                Bit("HAFT", 44, "the CPU sets the Access flag of tables (FEAT_HAFT)", No),
                Reserved(43, 42),
                Bit("TL0", 41, "the root of TTBR0_EL1 must lie where stage 2 allows it (FEAT_THE)", No),
                Bit("GCSH", 40, "stage 2 says where guarded control stacks may be (FEAT_GCS)", No),
                Reserved(39, 39),
                Bit("D128", 38, "descriptors have 128 bits (FEAT_D128)", No),
                Bit("S2POE", 37, "S2POR_EL1 takes rights away (FEAT_S2POE)", No),
                Bit("S2PIE", 36, "permissions come from S2PIR_EL2 (FEAT_S2PIE)", No),
                Bit("TL1", 35, "the root of TTBR1_EL1 must lie where stage 2 allows it (FEAT_THE)", No),
                Bit("AssuredOnly", 34, "bit 58 of leaves says that they hold assured translations (FEAT_THE)", No),
                Bit("SL2", 33, "with DS and 4K pages: the root is of level -1", No),
                Bit("DS", 32, "52-bit descriptors with 4K and 16K pages (FEAT_LPA2)", No),
                Ones(31),
                Bit("NSA", 30, "secure state: the output of non-secure IPAs", "secure", "non-secure"),
                Bit("NSW", 29, "secure state: the tables of non-secure IPAs", "secure", "non-secure"),
                Bit("HWU62", 28, "hardware may use bit 62 of leaves", No),
                Bit("HWU61", 27, "hardware may use bit 61 of leaves", No),
                Bit("HWU60", 26, "hardware may use bit 60 of leaves", No),
                Bit("HWU59", 25, "hardware may use bit 59 of leaves", No),
                Reserved(24, 23),
                Bit("HD", 22, "the CPU makes leaves with DBM writable when they are written", No),
                Bit("HA", 21, "the CPU sets the Access flag", No),
                Reserved(20, 20),
                Bit("VS", 19, "size of VMIDs", "8 bits", "16 bits"),
                Bits("PS", 18, 16, "size of output addresses", AddressSizes),
                Bits("TG0", 15, 14, "granule", "4K", "64K", "16K", "reserved"),
                Bits("SH0", 13, 12, "shareability of tables, and with DS of all leaves", Shareable),
                Bits("ORGN0", 11, 10, "outer cacheability of tables", Cacheable),
                Bits("IRGN0", 9, 8, "inner cacheability of tables", Cacheable),
                Bits("SL0", 7, 6, "the level of the root", levels),
                Special(FieldUnit.UnusedAddressBits, "T0SZ", 5, 0, "64 less the size of IPAs"),
            ]);
    }

    /// <summary>VTTBR_EL2.</summary>
    /// <param name="has52">Whether output addresses have 52 bits.</param>
    public static FieldLayout Vttbr(bool has52) => new(
        "VTTBR_EL2",
        [
            Bits("VMID", 63, 48, "virtual machine identifier"),
            .. RootAddress(has52),
            Bit("CnP", 0, "common with other CPUs", No),
        ]);
}
