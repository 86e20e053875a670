using Ptewright.Walking;

namespace Ptewright.Explaining;

/// <summary>What a walk through a source ends with, in words.</summary>
internal static class FaultWording
{
    /// <summary>The words.</summary>
    public static string Of(WalkFault fault) => fault switch
    {
        WalkFault.Translation => "a translation fault",
        WalkFault.AddressSize => "an address size fault",
        WalkFault.AccessFlag => "an access flag fault",
        WalkFault.ExcludedMemory => "no answer (the table was left out of it)",
        WalkFault.LostMemory => "no answer (the table is lost)",
        _ => "no answer (the table is not in it)",
    };
}
