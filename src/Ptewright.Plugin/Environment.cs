using Ptewright.Plugin;

namespace System;

/// <summary>What the core library needs of the place where it runs.</summary>
internal static class Environment
{
    /// <summary>Ends QEMU for a reason that is a mistake of the plugin.</summary>
    public static void FailFast(string reason)
    {
        Message message = default;
        message.Add("ptewright-count: ");
        message.Add(reason);
        message.Write();
        Emulator.Abort();
    }
}
