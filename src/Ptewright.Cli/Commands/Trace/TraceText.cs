using System.Globalization;
using Ptewright.Simulation;

namespace Ptewright.Cli.Commands.Trace;

/// <summary>A trace for people: one numbered line an event, then the sums.</summary>
internal static class TraceText
{
    /// <summary>Writes all of it.</summary>
    /// <param name="output">Takes the lines.</param>
    /// <param name="trace">The trace.</param>
    /// <param name="kernel">What the kernel and its machine are called; null for memory alone.</param>
    public static void Write(TextWriter output, RecordedBuild trace, string? kernel = null)
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
        if (kernel is not null)
        {
            output.WriteLine(kernel);
        }

        foreach (string line in new TraceSummary(trace).Lines())
        {
            output.WriteLine(line);
        }
    }
}
