using System.Runtime;

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
        ulong exceptionClass = (syndrome >> 26) & 0x3f;
        Output.Line();
        Output.Write("ptewright-boot: exception, vector ");
        Output.Number(vector);
        Output.Write(": ");
        Output.Write(ClassName(exceptionClass));
        if (exceptionClass is 0x21 or 0x25)
        {
            // ISS: bit 6 WnR (data aborts), bits 5:0 the fault status code.
            Output.Write(exceptionClass == 0x25 && (syndrome & 0x40) != 0 ? ", write, " : ", read, ");
            Output.Write(StatusName(syndrome & 0x3f));
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

    // Arm ARM D17.2.37, ESR_EL1.EC.
    private static string ClassName(ulong exceptionClass) => exceptionClass switch
    {
        0x00 => "unknown or undefined instruction",
        0x07 => "floating point or vector instruction is trapped",
        0x0e => "illegal execution state",
        0x15 => "SVC",
        0x16 => "HVC",
        0x17 => "SMC",
        0x18 => "system register access is trapped",
        0x21 => "instruction abort",
        0x22 => "misaligned program counter",
        0x25 => "data abort",
        0x26 => "misaligned stack pointer",
        0x2f => "SError",
        0x3c => "BRK",
        _ => "exception class not named here",
    };

    // Arm ARM D17.2.37, the DFSC and IFSC fields; bits 1:0 are the level where there is one.
    private static string StatusName(ulong status) => status switch
    {
        0x29 or 0x2b => "fault at level -1",
        0x21 => "misaligned address",
        0x30 => "TLB conflict",
        0x10 => "external abort",
        _ => (status >> 2) switch
        {
            0 => "address size fault",
            1 => "translation fault",
            2 => "access flag fault",
            3 => "permission fault",
            5 => "external abort on a table walk",
            _ => "fault not named here",
        },
    };
}
