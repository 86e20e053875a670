using static System.StringComparison;

namespace Ptewright.Explaining;

/// <summary>Lines that only oopses of other architectures have: much of what a kernel says is the same on all of them.</summary>
internal static class ForeignOops
{
    private const string X86 = "an x86 oops";
    private const string Arm = "an oops of 32-bit Arm";
    private const string Mips = "an oops of MIPS or LoongArch";

    // How such lines begin.
    private static readonly (string Start, string Name)[] _starts =
    [
        ("BUG: unable to handle", X86), ("BUG: kernel NULL pointer dereference", X86), ("general protection fault", X86), ("invalid opcode:", X86), ("#PF: ", X86), ("<TASK>", X86),
        ("RIP: ", X86), ("RAX: ", X86), ("RSP: ", X86), ("EIP: ", X86), ("EAX: ", X86), ("Oops: 0", X86),
        ("epc : ", "a RISC-V oops"), ("Oops [#", "a RISC-V oops"), ("Oops[#", Mips), ("BUG: Unable to handle kernel", "a PowerPC oops"), ("Oops: Kernel access of bad area", "a PowerPC oops"),
        ("Krnl PSW : ", "an s390 oops"), ("Unable to handle kernel pointer dereference in virtual", "an s390 oops"),
    ];

    /// <summary>Whose oops a line belongs to; null when it may be one of arm64.</summary>
    public static string? NameOf(string message)
    {
        foreach ((string start, string name) in _starts)
        {
            if (message.StartsWith(start, Ordinal))
            {
                return name;
            }
        }

        return message.StartsWith("Unable to handle kernel ", Ordinal) && message.Contains(" RIP:", Ordinal) ? X86
            : message.Contains(", epc == ", Ordinal) || message.Contains(", era == ", Ordinal) ? Mips
            : IsArm(message) ? Arm
            : null;
    }

    /// <summary>Whether a report has nothing that only arm64 prints.</summary>
    public static bool MayBe(Oops oops) => oops is { Syndrome: null, Tables: null, Entries.Count: 0, ProcessState: null, Registers.Count: 0, HasNoUserTables: false, IsBetweenHalves: false };

    // "[12005456] *pgd=00000000" has addresses of 8 digits; 64-bit kernels printed the star too, until 4.16.
    private static bool IsArm(string message) => message is ['[', _, _, _, _, _, _, _, _, ']', ..] && message.Contains("*pgd=", Ordinal)
        || (message.StartsWith("Internal error: ", Ordinal) && message.EndsWith(" ARM", Ordinal));
}
