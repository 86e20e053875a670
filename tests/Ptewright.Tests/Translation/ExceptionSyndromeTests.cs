using CsCheck;
using Ptewright.Translation;

namespace Ptewright.Tests.Translation;

/// <summary>What ESR says of an exception, against the tables of the Arm ARM and values that kernels printed.</summary>
public sealed class ExceptionSyndromeTests
{
    private static readonly ExceptionClass[] _dataAborts = [ExceptionClass.DataAbortLower, ExceptionClass.DataAbortCurrent];
    private static readonly ExceptionClass[] _instructionAborts = [ExceptionClass.InstructionAbortLower, ExceptionClass.InstructionAbortCurrent];

    [Fact]
    public void Every_fault_status_code_is_what_the_manual_says() => Vectors.Check("fault-status.txt", 4, item =>
    {
        int code = Convert.ToInt32(item.Text(0)[2..], 2);
        bool isOfDataOnly = item.Flag(1, "data", "both");
        FaultKind kind = item.Name<FaultKind>(2);
        int? level = item.Text(3) == "-" ? null : item.Integer(3);

        FaultStatus status = new(code);
        Assert.Equal((kind, level, isOfDataOnly), (status.Kind, status.Level, status.IsOfDataOnly));
        Assert.All(_dataAborts, exception => Assert.Equal((kind, level), (Esr(exception, code).FaultKind, Esr(exception, code).Level)));
        Assert.All(_instructionAborts, exception => Assert.Equal((isOfDataOnly ? FaultKind.Unallocated : kind, level), (Esr(exception, code).FaultKind, Esr(exception, code).Level)));
    });

    [Fact]
    public void The_table_has_all_64_codes() =>
        Assert.Equal(Enumerable.Range(0, 64), Vectors.Read("fault-status.txt", 4).Select(item => Convert.ToInt32(item.Text(0)[2..], 2)));

    // The EC field's values as the manual has them, in binary.
    [Theory]
    [InlineData("000000", ExceptionClass.Unknown)]
    [InlineData("000001", ExceptionClass.TrappedWait)]
    [InlineData("000111", ExceptionClass.TrappedFloatingPoint)]
    [InlineData("001010", ExceptionClass.TrappedOther)]
    [InlineData("001101", ExceptionClass.BranchTarget)]
    [InlineData("001110", ExceptionClass.IllegalState)]
    [InlineData("010001", ExceptionClass.Svc32)]
    [InlineData("010101", ExceptionClass.Svc)]
    [InlineData("010110", ExceptionClass.Hvc)]
    [InlineData("010111", ExceptionClass.Smc)]
    [InlineData("011000", ExceptionClass.TrappedSystem)]
    [InlineData("011001", ExceptionClass.TrappedSve)]
    [InlineData("011010", ExceptionClass.TrappedEret)]
    [InlineData("011100", ExceptionClass.PointerAuthentication)]
    [InlineData("011101", ExceptionClass.TrappedSme)]
    [InlineData("011110", ExceptionClass.GranuleProtectionCheck)]
    [InlineData("100000", ExceptionClass.InstructionAbortLower)]
    [InlineData("100001", ExceptionClass.InstructionAbortCurrent)]
    [InlineData("100010", ExceptionClass.PcAlignment)]
    [InlineData("100100", ExceptionClass.DataAbortLower)]
    [InlineData("100101", ExceptionClass.DataAbortCurrent)]
    [InlineData("100110", ExceptionClass.SpAlignment)]
    [InlineData("100111", ExceptionClass.MemoryOperation)]
    [InlineData("101100", ExceptionClass.FloatingPoint)]
    [InlineData("101101", ExceptionClass.GuardedControlStack)]
    [InlineData("101111", ExceptionClass.SError)]
    [InlineData("110000", ExceptionClass.BreakpointLower)]
    [InlineData("110001", ExceptionClass.BreakpointCurrent)]
    [InlineData("110010", ExceptionClass.SoftwareStepLower)]
    [InlineData("110011", ExceptionClass.SoftwareStepCurrent)]
    [InlineData("110100", ExceptionClass.WatchpointLower)]
    [InlineData("110101", ExceptionClass.WatchpointCurrent)]
    [InlineData("111000", ExceptionClass.Bkpt32)]
    [InlineData("111010", ExceptionClass.VectorCatch32)]
    [InlineData("111100", ExceptionClass.Brk)]
    [InlineData("111101", ExceptionClass.Profiling)]
    public void A_class_is_the_one_of_the_manual(string bits, ExceptionClass expected)
    {
        ulong field = Convert.ToUInt64(bits, 2) << 26;
        Assert.Equal(expected, new ExceptionSyndrome(field).Class);
        Assert.Equal(expected, new ExceptionSyndrome(field | ~(63UL << 26)).Class);
    }

    // As kernels print them in oopses: the line beside ESR says what it is.
    [Theory]
    [InlineData(0x96000004, ExceptionClass.DataAbortCurrent, AccessRights.Read, FaultKind.Translation, 0)]
    [InlineData(0x96000045, ExceptionClass.DataAbortCurrent, AccessRights.Write, FaultKind.Translation, 1)]
    [InlineData(0x96000046, ExceptionClass.DataAbortCurrent, AccessRights.Write, FaultKind.Translation, 2)]
    [InlineData(0x9600004f, ExceptionClass.DataAbortCurrent, AccessRights.Write, FaultKind.Permission, 3)]
    [InlineData(0x9600000f, ExceptionClass.DataAbortCurrent, AccessRights.Read, FaultKind.Permission, 3)]
    [InlineData(0x96000021, ExceptionClass.DataAbortCurrent, AccessRights.Read, FaultKind.Alignment, null)]
    [InlineData(0x96000011, ExceptionClass.DataAbortCurrent, AccessRights.Read, FaultKind.TagCheck, null)]
    [InlineData(0x96000210, ExceptionClass.DataAbortCurrent, AccessRights.Read, FaultKind.SyncExternal, null)]
    [InlineData(0x9600006b, ExceptionClass.DataAbortCurrent, AccessRights.Write, FaultKind.Translation, -1)]
    [InlineData(0x86000005, ExceptionClass.InstructionAbortCurrent, AccessRights.Execute, FaultKind.Translation, 1)]
    [InlineData(0x8600000f, ExceptionClass.InstructionAbortCurrent, AccessRights.Execute, FaultKind.Permission, 3)]
    [InlineData(0x82000006, ExceptionClass.InstructionAbortLower, AccessRights.Execute, FaultKind.Translation, 2)]
    [InlineData(0x92000047, ExceptionClass.DataAbortLower, AccessRights.Write, FaultKind.Translation, 3)]
    [InlineData(0xf2000800, ExceptionClass.Brk, AccessRights.None, FaultKind.None, null)]
    [InlineData(0xbf000002, ExceptionClass.SError, AccessRights.None, FaultKind.None, null)]
    [InlineData(0x02000000, ExceptionClass.Unknown, AccessRights.None, FaultKind.None, null)]
    public void A_syndrome_of_an_oops_is_what_the_kernel_says(ulong value, ExceptionClass exception, AccessRights access, FaultKind kind, int? level)
    {
        ExceptionSyndrome syndrome = new(value);
        Assert.Equal((exception, access, kind, level), (syndrome.Class, syndrome.Access, syndrome.FaultKind, syndrome.Level));
        Assert.Equal(access == AccessRights.Write, syndrome.IsWrite);
        Assert.Equal(access == AccessRights.Execute, syndrome.IsInstructionAbort);
        Assert.Equal(access is AccessRights.Read or AccessRights.Write, syndrome.IsDataAbort);
    }

    [Fact]
    public void From_which_level_it_came_is_the_lowest_bit_of_the_class() => Assert.All(
        [ExceptionClass.InstructionAbortLower, ExceptionClass.DataAbortLower, ExceptionClass.BreakpointLower, ExceptionClass.SoftwareStepLower, ExceptionClass.WatchpointLower],
        lower =>
        {
            Assert.True(Esr(lower, 0).FromLowerLevel);
            Assert.False(Esr(lower + 1, 0).FromLowerLevel);
        });

    [Fact]
    public void Only_classes_with_a_status_have_a_fault() => Assert.All(Enumerable.Range(0, 64).Select(field => (ExceptionClass)field), exception =>
    {
        bool isAbort = _dataAborts.Contains(exception) || _instructionAborts.Contains(exception);
        bool isDebug = exception is >= ExceptionClass.BreakpointLower and <= ExceptionClass.WatchpointCurrent and not (ExceptionClass.SoftwareStepLower or ExceptionClass.SoftwareStepCurrent);
        FaultKind expected = isAbort ? FaultKind.GranuleProtectionOnWalk : isDebug ? FaultKind.Debug : FaultKind.None;
        Assert.Equal(expected, Esr(exception, 0x22).FaultKind);
        Assert.Equal(isAbort ? -2 : null, Esr(exception, 0x22).Level);
    });

    [Fact]
    public void FnV_counts_for_external_aborts_that_are_not_on_a_walk_and_for_watchpoints()
    {
        const int fnv = 1 << 10;
        Assert.All([.. _dataAborts, .. _instructionAborts], exception => Assert.All(Enumerable.Range(0, 64), code =>
        {
            Assert.True(Esr(exception, code).IsFarValid);
            Assert.Equal(code != 0x10, Esr(exception, code | fnv).IsFarValid);
        }));
        Assert.True(Esr(ExceptionClass.PcAlignment, fnv).IsFarValid);
        Assert.True(Esr(ExceptionClass.WatchpointCurrent, 0x22).IsFarValid);
        Assert.False(Esr(ExceptionClass.WatchpointLower, 0x22 | fnv).IsFarValid);
        Assert.All(
            [ExceptionClass.Unknown, ExceptionClass.Brk, ExceptionClass.Svc, ExceptionClass.SError, ExceptionClass.SpAlignment, ExceptionClass.BreakpointLower, ExceptionClass.BranchTarget],
            exception => Assert.False(Esr(exception, 0x10).IsFarValid));
    }

    [Fact]
    public void Cache_maintenance_is_no_write_although_the_CPU_reports_one()
    {
        ExceptionSyndrome maintenance = Esr(ExceptionClass.DataAbortLower, 0x0f | (1 << 6) | (1 << 8));
        Assert.Equal((true, false, AccessRights.Read), (maintenance.IsCacheMaintenance, maintenance.IsWrite, maintenance.Access));
        Assert.False(Esr(ExceptionClass.InstructionAbortLower, 0x0f | (1 << 8)).IsCacheMaintenance);
        Assert.False(Esr(ExceptionClass.InstructionAbortLower, 0x0f | (1 << 6)).IsWrite);
    }

    // Bit numbers as the manual has them: each member reads one bit, and only for its classes.
    [Theory]
    [InlineData(7, "Stage1Walk")]
    [InlineData(8, "CacheMaintenance")]
    [InlineData(13, "NestedVirtualization")]
    [InlineData(37, "DirtyState")]
    [InlineData(38, "Overlay")]
    [InlineData(40, "GuardedControlStack")]
    public void A_member_reads_its_bit_and_no_other(int bit, string name) => Gen.ULong.Sample(random =>
    {
        ulong permission = (random & ~0xfc00_003fUL) | (0x24UL << 26) | 0x0f;
        Assert.False(Member(name, permission & ~(1UL << bit)));
        Assert.True(Member(name, permission | (1UL << bit)));
        Assert.False(Member(name, (permission & ~(0x3fUL << 26)) | (0x3cUL << 26) | (1UL << bit)));
    });

    [Fact]
    public void It_is_written_as_kernels_print_it() => Assert.Equal("0x0000000096000004", new ExceptionSyndrome(0x96000004).ToString());

    private static ExceptionSyndrome Esr(ExceptionClass exception, int details) => new(((ulong)exception << 26) | (1UL << 25) | (uint)details);

    private static bool Member(string name, ulong value)
    {
        ExceptionSyndrome syndrome = new(value);
        return name switch
        {
            "Stage1Walk" => syndrome.IsStage1Walk,
            "CacheMaintenance" => syndrome.IsCacheMaintenance,
            "NestedVirtualization" => syndrome.IsNestedVirtualization,
            "DirtyState" => syndrome.IsDirtyState,
            "Overlay" => syndrome.IsOverlay,
            _ => syndrome.IsGuardedControlStack,
        };
    }
}
