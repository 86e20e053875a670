using System.Globalization;

namespace Ptewright.Cli.Commands.Trace;

/// <summary>A trace for people: one numbered line an event, then the sums.</summary>
internal static class TraceText
{
    /// <summary>Writes all of it.</summary>
    public static void Write(TextWriter output, RecordedTrace trace)
    {
        TraceWording wording = new(trace);
        int digits = Math.Max(4, trace.Count.ToString(CultureInfo.InvariantCulture).Length);
        for (int i = 0; i < trace.Count; i++)
        {
            (string operation, string meaning) = wording.Describe(i);
            string number = (i + 1).ToString(CultureInfo.InvariantCulture).PadLeft(digits);
            output.WriteLine(meaning.Length == 0 ? $"{number}  {operation}" : $"{number}  {operation}  {meaning}");
        }

        output.WriteLine();
        foreach (string line in new TraceSummary(trace).Lines())
        {
            output.WriteLine(line);
        }
    }
}
