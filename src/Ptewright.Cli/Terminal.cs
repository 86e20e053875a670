using System.Text;
using Spectre.Console;

namespace Ptewright.Cli;

/// <summary>Where a run writes: data to one side, messages to the other, and how much of a terminal each side is.</summary>
/// <remarks>Everything that depends on the process is decided in <see cref="OfProcess"/>, so that a test can be any terminal.</remarks>
internal sealed class Terminal : IDisposable
{
    /// <summary>Wide enough for the widest table: what is redirected is never folded.</summary>
    private const int RedirectedWidth = 160;

    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>A terminal over two streams.</summary>
    /// <param name="output">Takes the data.</param>
    /// <param name="error">Takes the messages.</param>
    public Terminal(Stream output, Stream error)
    {
        Stream = output;
        Out = new StreamWriter(output, _utf8, bufferSize: 1 << 16, leaveOpen: true);
        Error = new StreamWriter(error, _utf8, bufferSize: 256, leaveOpen: true) { AutoFlush = true };
    }

    /// <summary>The data side as bytes; flush <see cref="Out"/> before using it.</summary>
    public Stream Stream { get; }

    /// <summary>The data side as text; buffered.</summary>
    public TextWriter Out { get; }

    /// <summary>The message side.</summary>
    public TextWriter Error { get; }

    /// <summary>Columns for data.</summary>
    public int Width { get; init; } = RedirectedWidth;

    /// <summary>Whether data may carry colours.</summary>
    public bool HasColour { get; init; }

    /// <summary>Whether progress may be drawn on the message side.</summary>
    public bool HasProgress { get; init; }

    /// <summary>The terminal of this process.</summary>
    public static Terminal OfProcess()
    {
        // https://no-color.org: set and not empty, whatever the value. A dumb terminal understands no escape codes at all.
        bool plain = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        bool dumb = Environment.GetEnvironmentVariable("TERM") == "dumb";
        bool seen = !Console.IsOutputRedirected;
        return new Terminal(Console.OpenStandardOutput(), Console.OpenStandardError())
        {
            Width = seen && Console.WindowWidth > 0 ? Console.WindowWidth : RedirectedWidth,
            HasColour = seen && !plain && !dumb,
            HasProgress = !Console.IsErrorRedirected && !dumb,
        };
    }

    /// <summary>A console for tables.</summary>
    public IAnsiConsole CreateConsole() => CreateConsole(Out, HasColour, Width);

    /// <summary>Runs work that reports what it is doing; shown only on a terminal, and gone when the work is done.</summary>
    /// <param name="work">Gets what to report to.</param>
    public T WithProgress<T>(Func<Action<string>, T> work)
    {
        if (!HasProgress)
        {
            return work(_ => { });
        }

        IAnsiConsole console = CreateConsole(Error, ansi: true, Width);
        return console.Status().Start("starting", context => work(text => context.Status(Markup.Escape(text))));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Out.Dispose();
        Error.Dispose();
    }

    private static IAnsiConsole CreateConsole(TextWriter writer, bool ansi, int width)
    {
        // Windows consoles have to be asked to understand escape codes; detection does that.
        AnsiSupport support = !ansi ? AnsiSupport.No : OperatingSystem.IsWindows() ? AnsiSupport.Detect : AnsiSupport.Yes;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = support,
            ColorSystem = ansi ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = ansi ? InteractionSupport.Yes : InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        console.Profile.Width = width;
        return console;
    }
}
