namespace Ptewright.Booting;

/// <summary>How much of a map the boot image checks with the CPU's own MMU.</summary>
internal enum BootVerification
{
    /// <summary>Every page.</summary>
    Full,

    /// <summary>Both ends of what each last-level table maps, and 100,000 random pages.</summary>
    Fast,

    /// <summary>Nothing: for timing alone.</summary>
    None,
}
