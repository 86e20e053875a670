using System.CommandLine;
using Ptewright.Addressing;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Explaining;
using Ptewright.Images;

namespace Ptewright.Cli.Commands.Explain;

/// <summary><c>ptewright explain</c>: what an oops means.</summary>
internal sealed class ExplainCommand
{
    private readonly SourceOptions _registers = new();
    private readonly GivenValues _values = new();

    private readonly Argument<string[]> _text = new("TEXT")
    {
        Description = "What a kernel said: a file, - for standard input, or the words themselves. Entries by hand are pgd=... p4d=... pud=... pmd=... pte=..., as it prints them.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _source = new("--source")
    {
        Description = "A dump or a live guest, as for walk: the address is walked there too, and it is said what changed.",
        HelpName = "SOURCE",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Write JSON." };
    private readonly Terminal _terminal;

    private ExplainCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        ExplainCommand self = new(terminal);
        DocumentedCommand command = new(
            "explain",
            "Explains oopses, panics and fault reports of arm64 kernels: what was tried, what the entries say, what is usually behind it.",
            ("ptewright explain oops.txt", "All that a log has."),
            ("ptewright explain -", "The same of standard input, as behind 'dmesg |'."),
            ("ptewright explain --esr 9600004f --far ffff800008010000 pgd=10000000bfff8003 pud=10000000bfff7003 pmd=10000000bfff6003 pte=0050000041210783", "Values by hand."),
            ("ptewright explain oops.txt --source vmcore", "With what the tables have now."));
        command.Arguments.Add(self._text);
        self._values.AddTo(command);
        command.Options.Add(self._source);
        self._registers.AddRegistersTo(command);
        command.Options.Add(self._json);
        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        List<Explanation> explanations = [.. Read(parsed).Select(FaultExplainer.Explain)];
        if (parsed.GetValue(_source) is { } source)
        {
            AddSource(parsed, source, explanations);
        }

        if (parsed.GetValue(_json))
        {
            ExplainJson.Write(_terminal, explanations);
        }
        else
        {
            new ExplainReport(_terminal).Write(explanations);
        }

        return ExitCode.Ok;
    }

    private IReadOnlyList<Oops> Read(ParseResult parsed)
    {
        string[] words = parsed.GetValue(_text)!;
        if (_values.AreGiven(parsed) || (words.Length > 0 && words.All(GivenValues.IsEntry)))
        {
            return [_values.Read(parsed, words)];
        }

        switch (words)
        {
            case []:
                throw new UsageException("There is nothing to explain: name a file with what the kernel said, - for standard input, or values such as --esr and --far.");
            case ["-"]:
                using (Stream input = Console.OpenStandardInput())
                {
                    return OopsFile.Read(input, "standard input");
                }

            case [var file] when File.Exists(file) || !file.Contains(' ', StringComparison.Ordinal):
                return OopsFile.Read(file);
            default:
                return OopsFile.Parse(string.Join('\n', words), "the text");
        }
    }

    // One image for all: a live guest stands still meanwhile.
    private void AddSource(ParseResult parsed, string name, List<Explanation> explanations)
    {
        using MemoryImage image = SourceOptions.OpenTables(name, _terminal);
        ImageRegisters registers = _registers.Registers(parsed, image, _terminal);
        for (int i = 0; i < explanations.Count; i++)
        {
            if (explanations[i] is not { Region.Address: var address, Oops: var oops } explanation)
            {
                continue;
            }

            try
            {
                explanations[i] = FaultExplainer.Compare(explanation, SourceWalk.Of(image, registers, address, explanation.Walk, oops.Tables));
            }
            catch (InvalidInputException unknown)
            {
                // Captures often have the kernel's half alone; what the lines say is explained all the same.
                _terminal.Note($"{address} is not walked in {ForeignText.QuoteName(name)}: {unknown.Message}");
            }
        }
    }
}
