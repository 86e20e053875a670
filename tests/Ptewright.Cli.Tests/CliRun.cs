using System.Text;
using Ptewright.Cli.Output;

namespace Ptewright.Cli.Tests;

/// <summary>One run of the tool inside this process.</summary>
internal sealed record CliRun(int Code, string Out, string Error)
{
    /// <summary>Runs with everything redirected.</summary>
    public static CliRun Of(params string[] args) => On(Redirected, args);

    /// <summary>Runs on a terminal of the test's making.</summary>
    public static CliRun On(Func<Stream, Stream, Terminal> terminal, params string[] args)
    {
        using MemoryStream output = new();
        using MemoryStream error = new();
        int code;
        using (Terminal made = terminal(output, error))
        {
            code = Application.Run(args, made);
        }

        return new CliRun(code, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }

    /// <summary>The path of a file among the tests' data.</summary>
    public static string Data(params string[] path) => Path.Combine([AppContext.BaseDirectory, "data", .. path]);

    private static Terminal Redirected(Stream output, Stream error) => new(output, error);
}
