namespace Ptewright.Kernels.Versions;

/// <summary>Where on the command line a kernel takes <c>nokaslr</c> for the option.</summary>
internal enum NoKaslrPlace
{
    /// <summary>Where it is a word of its own. Linux until 5.19 and from 6.9 on: <c>arch/arm64/kernel/idreg-override.c</c>.</summary>
    AsWord,

    /// <summary>Where the letters come first, if they begin a word, whatever follows. Linux 6.0 to 6.8: <c>cmdline_contains_nokaslr</c> in <c>arch/arm64/kernel/pi/kaslr_early.c</c>.</summary>
    FirstLetters,
}
