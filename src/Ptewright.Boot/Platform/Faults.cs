using System.Runtime;
using Ptewright.Translation;

namespace Ptewright.Boot;

/// <summary>Exceptions: reported with the registers that explain them, then the end.</summary>
internal static class Faults
{
    private static bool s_reporting;
    private static bool s_stopping;

    [RuntimeExport("boot_fault")]
    private static void Report(ulong vector, ulong syndrome, ulong address, ulong at, ulong state, ulong link)
    {
        if (s_stopping || Firmware.IsGuessing)
        {
            // A call of the firmware failed: there is nothing left to do.
            Instructions.Halt();
        }

        if (s_reporting)
        {
            // Reporting itself failed, for want of a console in the tables in use: whoever waits for a last line need not wait longer.
            s_stopping = true;
            Firmware.PowerOff();
        }

        s_reporting = true;
        ExceptionSyndrome exception = new(syndrome);
        Output.Line();
        Output.Write("ptewright-boot: exception, vector ");
        Output.Number(vector);
        Output.Write(": ");
        Output.Write(NameOf(exception.Class));
        if (exception.IsInstructionAbort || exception.IsDataAbort)
        {
            Output.Write(exception.IsWrite ? ", write, " : ", read, ");
            Output.Write(NameOf(exception.FaultKind));
            if (exception.TryGetLevel(out int level))
            {
                Output.Write(level < 0 ? " at level -" : " at level ");
                Output.Number((ulong)(level < 0 ? -level : level));
            }
        }

        Output.Line();
        Register("  ESR_EL1  ", syndrome);
        Register("  FAR_EL1  ", address);
        Register("  ELR_EL1  ", at);
        Register("  SPSR_EL1 ", state);
        Register("  X30      ", link);
        Output.Line("0 passed, 1 failed");
        Firmware.PowerOff();
    }

    private static void Register(string name, ulong value)
    {
        Output.Write(name);
        Output.Write("0x");
        Output.Hex(value, 16);
        Output.Line();
    }

    private static string NameOf(ExceptionClass exception) => exception switch
    {
        ExceptionClass.Unknown => "unknown or undefined instruction",
        ExceptionClass.TrappedFloatingPoint => "floating point or vector instruction is trapped",
        ExceptionClass.IllegalState => "illegal execution state",
        ExceptionClass.Svc => "SVC",
        ExceptionClass.Hvc => "HVC",
        ExceptionClass.Smc => "SMC",
        ExceptionClass.TrappedSystem => "system register access is trapped",
        ExceptionClass.InstructionAbortCurrent => "instruction abort",
        ExceptionClass.PcAlignment => "misaligned program counter",
        ExceptionClass.DataAbortCurrent => "data abort",
        ExceptionClass.SpAlignment => "misaligned stack pointer",
        ExceptionClass.SError => "SError",
        ExceptionClass.Brk => "BRK",
        _ => "exception class not named here",
    };

    private static string NameOf(FaultKind fault) => fault switch
    {
        FaultKind.AddressSize => "address size fault",
        FaultKind.Translation => "translation fault",
        FaultKind.AccessFlag => "access flag fault",
        FaultKind.Permission => "permission fault",
        FaultKind.SyncExternal => "external abort",
        FaultKind.ExternalOnWalk => "external abort on a table walk",
        FaultKind.Alignment => "misaligned address",
        FaultKind.TlbConflict => "TLB conflict",
        _ => "fault not named here",
    };
}
