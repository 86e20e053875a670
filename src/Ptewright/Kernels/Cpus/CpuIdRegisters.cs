namespace Ptewright.Kernels.Cpus;

/// <summary>The ID registers of a CPU that say how it translates addresses.</summary>
/// <param name="Mmfr0">ID_AA64MMFR0_EL1.</param>
/// <param name="Mmfr1">ID_AA64MMFR1_EL1.</param>
/// <param name="Mmfr2">ID_AA64MMFR2_EL1.</param>
/// <param name="Isar0">ID_AA64ISAR0_EL1.</param>
/// <param name="Pfr1">ID_AA64PFR1_EL1.</param>
/// <remarks>Arm ARM D24.2, the registers' own sections.</remarks>
internal readonly record struct CpuIdRegisters(ulong Mmfr0, ulong Mmfr1 = 0, ulong Mmfr2 = 0, ulong Isar0 = 0, ulong Pfr1 = 0)
{
    private static readonly int[] _addressBits = [32, 36, 40, 42, 44, 48, 52, 56];

    // ID_AA64MMFR0_EL1:  TGran4 31:28 | TGran64 27:24 | TGran16 23:20 | PARange 3:0
    private ulong Gran4 => Field(Mmfr0, 28);

    private ulong Gran64 => Field(Mmfr0, 24);

    private ulong Gran16 => Field(Mmfr0, 20);

    /// <summary>Whether the size of physical addresses is one that the architecture has.</summary>
    public bool IsKnown => (int)Field(Mmfr0, 0) < _addressBits.Length;

    /// <summary>The CPU that has them, a model of QEMU's by the same name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="source">Where they are known from.</param>
    public CpuModel Model(string name, string source) => new(
        name,
        _addressBits[Field(Mmfr0, 0)],
        HasLva: Field(Mmfr2, 16) >= 1,
        HasLpa2: Gran4 == 1 || Gran16 == 2,
        Has16K: Gran16 is 1 or 2,
        HasE0pd: Field(Mmfr2, 60) >= 1,
        HasBti: Field(Pfr1, 0) >= 1,
        HasRangeInvalidation: Field(Isar0, 56) >= 2,
        HasAccessFlagUpdate: Field(Mmfr1, 0) >= 1)
    {
        Has64K = Gran64 == 0,
        SplitsBlocksSince = Field(Mmfr2, 52) >= 3 ? BlockSplitters.ById : null,
        QemuName = name,
        Source = source,
    };

    private static ulong Field(ulong register, int shift) => (register >> shift) & 0xf;
}
