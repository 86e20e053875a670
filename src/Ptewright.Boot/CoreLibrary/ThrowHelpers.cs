namespace Internal.Runtime.CompilerHelpers;

/// <summary>Where compiled code goes when a check fails that C# demands: there are no exceptions here, so it is the end.</summary>
internal static class ThrowHelpers
{
    private static void ThrowDivideByZeroException() => Ptewright.Boot.Firmware.Stop("A division by zero: this is a mistake in the image.");

    private static void ThrowOverflowException() => Ptewright.Boot.Firmware.Stop("An arithmetic overflow: this is a mistake in the image.");

    private static void ThrowIndexOutOfRangeException() => Ptewright.Boot.Firmware.Stop("An index out of range: this is a mistake in the image.");

    private static void ThrowNullReferenceException() => Ptewright.Boot.Firmware.Stop("A null reference: this is a mistake in the image.");
}
