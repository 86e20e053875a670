namespace Internal.Runtime.CompilerHelpers;

/// <summary>Where compiled code goes when a check fails that C# demands: there are no exceptions here, so it is the end.</summary>
internal static class ThrowHelpers
{
    private static void ThrowDivideByZeroException() => System.Environment.FailFast("A division by zero: this is a mistake in the program.");

    private static void ThrowOverflowException() => System.Environment.FailFast("An arithmetic overflow: this is a mistake in the program.");

    private static void ThrowIndexOutOfRangeException() => System.Environment.FailFast("An index out of range: this is a mistake in the program.");

    private static void ThrowNullReferenceException() => System.Environment.FailFast("A null reference: this is a mistake in the program.");
}
