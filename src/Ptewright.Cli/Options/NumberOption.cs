using System.CommandLine;
using System.CommandLine.Parsing;
using Ptewright.Texts;

namespace Ptewright.Cli.Options;

/// <summary>How options read small whole numbers: as every number that is typed (<see cref="NumberText"/>), here with decimal bare digits.</summary>
internal static class NumberOption
{
    /// <summary>Reads the number of an option; a minus may stand before it.</summary>
    /// <param name="result">What was typed.</param>
    public static int Parse(ArgumentResult result) => Parse(result, "number");

    /// <summary>Reads a number of bits.</summary>
    /// <param name="result">What was typed.</param>
    public static int ParseBits(ArgumentResult result) => Parse(result, "number of bits");

    private static int Parse(ArgumentResult result, string what)
    {
        string text = result.Tokens[0].Value;
        bool isNegative = text.StartsWith('-');
        if (NumberText.TryParse(text.AsSpan(isNegative ? 1 : 0), NumberHabit.Count, out ulong number) && number <= int.MaxValue)
        {
            return isNegative ? -(int)number : (int)number;
        }

        result.AddError($"'{text}' is no {what} for {((OptionResult)result.Parent!).Option.Name}.");
        return 0;
    }
}
