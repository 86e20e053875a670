namespace Ptewright.Translation;

/// <summary>ESR_EL1, ESR_EL2 or ESR_EL3: why an exception was taken, and of an abort what kind of access failed and why.</summary>
/// <remarks>
/// <code>
///   ISS2 55:32 | EC 31:26 | IL 25 | ISS 24:0
///   ISS of aborts: ISV 24 | SAS 23:22 | SSE 21 | SRT 20:16 | SF 15 | AR 14 | VNCR 13 | SET 12:11 | FnV 10 | EA 9 | CM 8 | S1PTW 7 | WnR 6 | DFSC 5:0 (IFSC)
///   ISS2 of aborts: TnD 42 | TagAccess 41 | GCS 40 | AssuredOnly 39 | Overlay 38 | DirtyBit 37 | Xs 36:32
/// </code>
/// Arm ARM D24.2 (ESR_EL1, ESR_EL2). Instruction Aborts have FnV, EA, SET, S1PTW and IFSC of these. Members that an exception's class has no field for answer false, null or none.
/// </remarks>
public readonly partial struct ExceptionSyndrome
{
    private const int ClassShift = 26;
    private const int WriteBit = 6;
    private const int Stage1WalkBit = 7;
    private const int CacheMaintenanceBit = 8;
    private const int FarNotValidBit = 10;
    private const int NestedVirtualizationBit = 13;
    private const int DirtyStateBit = 37;
    private const int OverlayBit = 38;
    private const int GuardedControlStackBit = 40;

    /// <summary>Takes a register's value.</summary>
    /// <param name="value">The value; kernels before 5.18 print its lower 32 bits alone.</param>
    public ExceptionSyndrome(ulong value) => Value = value;

    /// <summary>The register's value.</summary>
    public ulong Value { get; }

    /// <summary>EC: why the exception was taken. A reserved value has no name.</summary>
    public ExceptionClass Class => (ExceptionClass)((Value >> ClassShift) & 0x3f);

    /// <summary>ISS: 25 bits whose meaning depends on <see cref="Class"/>.</summary>
    public int Details => (int)(Value & 0x1ff_ffff);

    /// <summary>Whether it is an Instruction Abort.</summary>
    public bool IsInstructionAbort => Class is ExceptionClass.InstructionAbortLower or ExceptionClass.InstructionAbortCurrent;

    /// <summary>Whether it is a Data Abort.</summary>
    public bool IsDataAbort => Class is ExceptionClass.DataAbortLower or ExceptionClass.DataAbortCurrent;

    /// <summary>Whether the class says that the exception came from a lower Exception level; false of classes that do not say it.</summary>
    public bool FromLowerLevel => Class is ExceptionClass.InstructionAbortLower or ExceptionClass.DataAbortLower or ExceptionClass.BreakpointLower
        or ExceptionClass.SoftwareStepLower or ExceptionClass.WatchpointLower;

    /// <summary>DFSC or IFSC: the fault status code; 0x00 where the class has none, so ask <see cref="FaultKind"/>.</summary>
    public FaultStatus Status => new(HasStatus ? (int)Value : 0);

    /// <summary>What went wrong with the access; <see cref="FaultKind.None"/> when it is neither an abort nor a Breakpoint or Watchpoint.</summary>
    public FaultKind FaultKind
    {
        get
        {
            if (!HasStatus)
            {
                return FaultKind.None;
            }

            if (IsDebug)
            {
                return Status.Code == 0x22 ? FaultKind.Debug : FaultKind.Unallocated;
            }

            return IsInstructionAbort && Status.IsOfDataOnly ? FaultKind.Unallocated : Status.Kind;
        }
    }

    /// <summary>The level of the table where an abort happened, -2 to 3.</summary>
    /// <param name="level">The level; 0 where there is none.</param>
    /// <returns>Whether there is a level.</returns>
    public bool TryGetLevel(out int level) => Status.TryGetLevel(out level) && (IsInstructionAbort || IsDataAbort);

    /// <summary>The right that the access needed: execute for an Instruction Abort, write or read for a Data Abort; none for all other exceptions.</summary>
    /// <remarks>Cache maintenance and address translation instructions need at most the right to read here, although the CPU reports them as writes (CM, WnR = 1).</remarks>
    public AccessRights Access => IsInstructionAbort ? AccessRights.Execute
        : !IsDataAbort ? AccessRights.None
        : IsWrite ? AccessRights.Write : AccessRights.Read;

    /// <summary>Whether a Data Abort is of a write: WnR, unless <see cref="IsCacheMaintenance"/>.</summary>
    /// <remarks>Of an atomic instruction it is false when a read alone would have failed too. UNKNOWN with <see cref="FaultKind.UnsupportedExclusive"/>,
    /// <see cref="FaultKind.UnsupportedAtomicUpdate"/>, and with External aborts of atomic accesses.</remarks>
    public bool IsWrite => IsDataAbort && Has(WriteBit) && !Has(CacheMaintenanceBit);

    /// <summary>S1PTW: whether it is a stage 2 fault of a read of a stage 1 table. Only an exception taken to EL2 has it.</summary>
    public bool IsStage1Walk => (IsInstructionAbort || IsDataAbort) && Has(Stage1WalkBit);

    /// <summary>Whether FAR holds the address: for aborts (unless FnV says otherwise of an External abort), PC alignment faults, Watchpoints and granule protection checks.</summary>
    public bool IsFarValid => Class switch
    {
        ExceptionClass.PcAlignment or ExceptionClass.GranuleProtectionCheck => true,
        ExceptionClass.WatchpointLower or ExceptionClass.WatchpointCurrent => !Has(FarNotValidBit),
        _ => (IsInstructionAbort || IsDataAbort) && !(Status.Kind == FaultKind.SyncExternal && Has(FarNotValidBit)),
    };

    /// <summary>CM: whether a Data Abort is of a cache maintenance or address translation instruction.</summary>
    public bool IsCacheMaintenance => IsDataAbort && Has(CacheMaintenanceBit);

    /// <summary>VNCR: whether a Data Abort is of an access through VNCR_EL2 (FEAT_NV2).</summary>
    public bool IsNestedVirtualization => IsDataAbort && Has(NestedVirtualizationBit);

    /// <summary>Overlay: whether the overlay permissions (POR_ELx) are what a permission fault is about (FEAT_S1POE, FEAT_S2POE).</summary>
    public bool IsOverlay => FaultKind == FaultKind.Permission && Has(OverlayBit);

    /// <summary>DirtyBit: whether a permission fault is about dirty state: a write to a clean page that hardware does not make dirty (FEAT_S1PIE, FEAT_S2PIE).</summary>
    public bool IsDirtyState => FaultKind == FaultKind.Permission && Has(DirtyStateBit);

    /// <summary>GCS: whether a Data Abort is of an access to a Guarded Control Stack (FEAT_GCS).</summary>
    public bool IsGuardedControlStack => IsDataAbort && Has(GuardedControlStackBit);

    private bool IsDebug => Class is ExceptionClass.BreakpointLower or ExceptionClass.BreakpointCurrent or ExceptionClass.WatchpointLower or ExceptionClass.WatchpointCurrent;

    private bool HasStatus => IsInstructionAbort || IsDataAbort || IsDebug;

    private bool Has(int bit) => (Value & (1UL << bit)) != 0;
}
