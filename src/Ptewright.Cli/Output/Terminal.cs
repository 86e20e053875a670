using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Ptewright.Cli.Output;

/// <summary>Where a run writes: data to one side, messages to the other, and how much of a terminal each side is.</summary>
/// <remarks>Everything that depends on the process is decided in <see cref="OfProcess"/>, so that a test can be any terminal.</remarks>
internal sealed class Terminal : IDisposable
{
    /// <summary>Wide enough for the widest table: what is redirected is never folded.</summary>
    public const int RedirectedWidth = 160;

    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly StreamWriter _out;
    private readonly StreamWriter _error;

    /// <summary>A terminal over two streams.</summary>
    /// <param name="output">Takes the data.</param>
    /// <param name="error">Takes the messages.</param>
    public Terminal(Stream output, Stream error)
    {
        Stream = output;
        _out = new StreamWriter(output, _utf8, bufferSize: 1 << 16, leaveOpen: true);
        _error = new StreamWriter(error, _utf8, bufferSize: 256, leaveOpen: true) { AutoFlush = true };
        Out = new CleanWriter(_out);
        Error = new CleanWriter(_error, mayBeLost: true);
    }

    /// <summary>The data side as bytes; flush <see cref="Out"/> before using it.</summary>
    public Stream Stream { get; }

    /// <summary>The data side as text; buffered. Nothing that a terminal would obey goes through.</summary>
    public TextWriter Out { get; }

    /// <summary>The message side. Nothing that a terminal would obey goes through.</summary>
    public TextWriter Error { get; }

    /// <summary>Notes on the message side what was assumed or passed over.</summary>
    /// <param name="remarks">One sentence each.</param>
    public void Note(IEnumerable<string> remarks)
    {
        foreach (string remark in remarks)
        {
            Note(remark);
        }
    }

    /// <summary>Notes something on the message side.</summary>
    public void Note(string remark) => Error.WriteLine($"ptewright: note: {OptionNames.In(remark)}");

    /// <summary>Columns for data.</summary>
    public int Width { get; init; } = RedirectedWidth;

    /// <summary>Whether data may carry colours.</summary>
    public bool HasColour { get; init; }

    /// <summary>Whether progress may be drawn on the message side.</summary>
    public bool HasProgress { get; init; }

    /// <summary>The terminal of this process.</summary>
    public static Terminal OfProcess()
    {
        string? term = Environment.GetEnvironmentVariable("TERM");
        bool seen = !Console.IsOutputRedirected;
        return new Terminal(ProcessOutput.Open(), Console.OpenStandardError())
        {
            Width = seen && Console.WindowWidth > 0 ? Console.WindowWidth : RedirectedWidth,
            HasColour = WantsColour(seen, Environment.GetEnvironmentVariable("NO_COLOR"), term),
            HasProgress = WantsProgress(!Console.IsErrorRedirected, term),
        };
    }

    /// <summary>Whether to write colours: only to a terminal, not to one that understands none, and not when the user says no.</summary>
    /// <param name="isTerminal">Whether somebody sees the data side.</param>
    /// <param name="noColour">The variable <c>NO_COLOR</c>: no, when set and not empty, whatever it says (https://no-color.org).</param>
    /// <param name="term">The variable <c>TERM</c>.</param>
    public static bool WantsColour(bool isTerminal, string? noColour, string? term) => isTerminal && string.IsNullOrEmpty(noColour) && term != "dumb";

    /// <summary>Whether to draw progress: only on a terminal that can take it away again.</summary>
    public static bool WantsProgress(bool isTerminal, string? term) => isTerminal && term != "dumb";

    /// <summary>Writes a table or a text to the data side, without blank lines around it and without blanks at the ends of lines.</summary>
    public void Write(IRenderable content) => Write(content, Width);

    /// <summary>Writes a sentence with marks for colour and weight; where it is longer than a line, the terminal breaks it.</summary>
    public void WriteMarked(string markup) => Write(new Markup(markup), int.MaxValue);

    /// <summary>Runs work that reports what it is doing; shown only on a terminal, and gone when the work is done.</summary>
    /// <param name="work">Gets what to report to.</param>
    public T WithProgress<T>(Func<ProgressLine, T> work)
    {
        if (!HasProgress)
        {
            return work(new ProgressLine(_ => { }));
        }

        IAnsiConsole console = CreateConsole(_error, ansi: true, HasColour, Width);
        return console.Status().Start("starting", context => work(new ProgressLine(text => context.Status(Markup.Escape(ForeignText.Clean(text))))));
    }

    /// <summary>Takes progress away, for a program that ends in the middle of it: whoever draws it hides the cursor, and may stand in the middle of a line.</summary>
    public void EndProgress()
    {
        if (HasProgress)
        {
            _error.Write("\r\u001b[K\u001b[?25h");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Out.Dispose();
            Error.Dispose();
            _out.Dispose();
            _error.Dispose();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or OutputClosedException)
        {
            // It was said already when the data could not be written; closing tries once more.
        }
    }

    private void Write(IRenderable content, int width)
    {
        using StringWriter rendered = new();
        CreateConsole(rendered, HasColour, HasColour, width).Write(new CleanContent(content));
        string[] lines = [.. rendered.ToString().Split('\n').Select(line => line.TrimEnd())];
        int first = Array.FindIndex(lines, line => line.Length > 0);
        int last = Array.FindLastIndex(lines, line => line.Length > 0);
        foreach (string line in lines[first..(last + 1)])
        {
            _out.WriteLine(line);
        }
    }

    private static IAnsiConsole CreateConsole(TextWriter writer, bool ansi, bool colour, int width)
    {
        // Windows consoles have to be asked to understand escape codes; detection does that.
        AnsiSupport support = !ansi ? AnsiSupport.No : OperatingSystem.IsWindows() ? AnsiSupport.Detect : AnsiSupport.Yes;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = support,
            ColorSystem = colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = ansi ? InteractionSupport.Yes : InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        console.Profile.Width = width;
        return console;
    }
}
