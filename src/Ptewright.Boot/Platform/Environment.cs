namespace System;

/// <summary>What the core library needs of the place where it runs.</summary>
internal static class Environment
{
    /// <summary>Ends everything for a reason that is a mistake.</summary>
    public static void FailFast(string reason) => Ptewright.Boot.Firmware.Stop(reason);
}
