using System.CommandLine;
using Ptewright.Captures;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Images;

namespace Ptewright.Cli.Commands.Capture;

/// <summary><c>ptewright capture</c>: the tables and registers of a source, in a small folder.</summary>
internal sealed class CaptureCommand
{
    private readonly SourceOptions _source = new();

    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "The folder to write; it is created.",
        HelpName = "DIR",
        Required = true,
    };

    private readonly TextOption _note = new("--note")
    {
        Description = "What is captured, in words, kept in the folder. [default: the source's name]",
        HelpName = "TEXT",
    };

    private readonly Terminal _terminal;

    private CaptureCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        CaptureCommand self = new(terminal);
        DocumentedCommand command = new(
            "capture",
            "Copies the tables and registers of a source into a folder that all reading commands take; nothing else of its memory.",
            ("ptewright capture gdb:localhost:1234 -o tables", "A live QEMU guest (-s), stopped meanwhile and set going again."),
            ("ptewright capture vmcore -o tables --note \"web server, 3 May\"", "A crash dump: small enough to send."));
        self._source.AddTo(command);
        command.Options.Add(self._output);
        command.Options.Add(self._note);
        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        string folder = parsed.GetValue(_output)!;
        OutputFolder.Check(folder);
        using MemoryImage image = _source.Open(parsed, _terminal);
        ImageRegisters registers = _source.Registers(parsed, image, _terminal);
        ulong bytes = _terminal.WithProgress(progress =>
            TableFolder.Capture(folder, image, registers, parsed.GetValue(_note) ?? _source.Name(parsed), progress));
        _terminal.Out.WriteLine($"{Numbers.Bytes(bytes)} of tables in '{folder}'; 'ptewright list {folder}' shows what they map.");
        return ExitCode.Ok;
    }
}
