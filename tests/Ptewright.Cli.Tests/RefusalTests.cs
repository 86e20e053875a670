using System.CommandLine;
using Ptewright.Cli.Output;

namespace Ptewright.Cli.Tests;

/// <summary>What is wrong with a command line is said in one sentence on the message side, and nothing on the data side.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData(1, "Unrecognized command or argument 'bogus'.\nTry 'ptewright --help'.", "bogus")]
    [InlineData(1, "Unrecognized command or argument '--jsn'.\nTry 'ptewright compare --help'.", "compare", "--jsn")]
    [InlineData(1, "Required argument missing for option: '--memory'.\nTry 'ptewright trace --help'.", "trace", "--memory")]
    [InlineData(1, "'many' is no number of bits for --va-bits.\nTry 'ptewright trace --help'.", "trace", "--va-bits", "many")]
    [InlineData(1, "There is no machine 'cray'; there are apple-m2-vm-16g, ampere-altra-vm-64g, ampere-altra-vm-256g, ampere-altra-metal-512g.",
        "compare", "--machine", "cray")]
    [InlineData(1, "There is no machine 'cray'; there are apple-m2-vm-16g, ampere-altra-vm-64g, ampere-altra-vm-256g, ampere-altra-metal-512g.",
        "compare", "--memory", "1G", "--costs", "cray")]
    [InlineData(1, "There is no granule '8K'; there are 4K, 16K, 64K.", "trace", "--granule", "8K")]
    [InlineData(1, "There are no 39-bit virtual addresses with 16K pages; there are 4K 39, 48, 52; 16K 36, 47, 48, 52; 64K 42, 48, 52.",
        "compare", "--granule", "16K", "--va-bits", "39")]
    [InlineData(1, "Options --memory and --iomem both say which memory: give one of them.", "compare", "--memory", "1G", "--iomem", "iomem.txt")]
    [InlineData(1, "Option --machine names a published machine, which has its own memory: leave out the option that says which memory, or take --costs.",
        "compare", "--memory", "1G", "--machine", "all")]
    [InlineData(1, "Option --costs belongs to memory of your own (--memory, --dtb, --iomem, --efi-map, --dmesg): a published machine has its own constants.", "compare", "--costs", "apple-m2-vm-16g")]
    [InlineData(1, "This build executes 61,297,560 operations, more than the 5,000,000 that trace lists: take a smaller --memory.",
        "trace", "--memory", "64G", "--strategy", "baseline")]
    [InlineData(2, "Memory '64X' does not begin with a size such as 512M or 64G.", "compare", "--memory", "64X")]
    [InlineData(2, "Memory '68K' does not begin and end at a multiple of the 64 KiB page.", "compare", "--memory", "68K", "--granule", "64K")]
    [InlineData(2, "Memory '68K' does not begin and end at a multiple of the 16 KiB page.", "trace", "--memory", "68K", "--granule", "16K")]
    [InlineData(2, "Ampere Altra Metal, 512G: "
        + "Memory from 0x40000000 to 0x8040000000 does not fit the linear map of 256 GiB that 39-bit virtual addresses leave.",
        "compare", "--va-bits", "39")]
    [InlineData(2, "Memory 1M@0x1000000000000: Memory up to 0x1000000100000 does not fit 48-bit physical addresses.",
        "compare", "--memory", "1M@0x1000000000000")]
    [InlineData(3, "Stopped at virtual address 0xffff000000000000, level 1, entry 0x0000000000000000: there is no free page for a table.",
        "compare", "--memory", "4K")]
    public void It_is_said_why(int code, string sentence, params string[] args)
    {
        CliRun run = CliRun.Of(args);

        Assert.Equal($"ptewright: {sentence}\n", run.Error.ReplaceLineEndings("\n"));
        Assert.Equal(string.Empty, run.Out);
        Assert.Equal(code, run.Code);
    }

    /// <summary>Every option that takes a value and every argument of every command; <c>--cmdline</c> and <c>--note</c> are text, which may be empty.</summary>
    public static TheoryData<string> Values()
    {
        using Terminal terminal = new(Stream.Null, Stream.Null);
        return [.. Leaves(Application.CreateRootCommand(terminal), string.Empty).SelectMany(command => (string[])
        [
            .. command.Command.Options.Where(option => option.ValueType != typeof(bool) && option.Name is not ("--cmdline" or "--note" or "--help" or "--version"))
                .Select(option => $"{command.Path} {option.Name}"),
            .. command.Command.Arguments.Select(argument => $"{command.Path} {argument.Name}"),
        ])];

        static IEnumerable<(Command Command, string Path)> Leaves(Command command, string path) => command.Subcommands.Count == 0
            ? [(command, path)]
            : command.Subcommands.SelectMany(subcommand => Leaves(subcommand, $"{path} {subcommand.Name}".TrimStart()));
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void An_empty_value_is_refused_whatever_takes_it(string place)
    {
        string[] words = place.Split(' ');
        bool isOption = words[^1].StartsWith("--", StringComparison.Ordinal);
        string[] source = place is "diff B" or "find PA" or "walk VA" ? ["tables"] : [];
        CliRun run = CliRun.Of(isOption ? [.. words, string.Empty] : [.. words[..^1], .. source, string.Empty]);

        Assert.Equal((1, string.Empty), (run.Code, run.Out));
        string sentence = isOption ? $"ptewright: Option {words[^1]} has an empty value: it takes " : $"ptewright: Argument {words[^1]} is empty.\n";
        Assert.StartsWith(sentence, run.Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_may_be_empty()
    {
        CliRun run = CliRun.Of("map", "--memory", "64M", "--cmdline", string.Empty);

        Assert.Equal((ExitCode.Ok, string.Empty), (run.Code, run.Error));
        Assert.Contains("command line: empty", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("premapped:close=lazy", "close=lazy puts off unmapping slots, but reach=direct uses no slots: take close=immediate.")]
    [InlineData("reach=direct:zero=allocation", "zero=allocation means through the PTE slot, but reach=direct uses no slots: take zero=population.")]
    [InlineData("window=run:reach=direct", "window=run reopens a slot for each contiguous run, but reach=direct uses no slots: take window=visit.")]
    public void Switches_that_make_no_sense_together_are_refused_with_the_reason(string strategy, string reason)
    {
        foreach (string command in (string[])["compare", "trace"])
        {
            CliRun run = CliRun.Of(command, "--strategy", strategy);

            Assert.Equal(1, run.Code);
            Assert.Equal($"ptewright: Strategy '{strategy}' makes no sense: {reason}\n", run.Error.ReplaceLineEndings("\n"));
        }
    }

    [Fact]
    public void An_unknown_strategy_is_answered_with_those_that_exist()
    {
        CliRun run = CliRun.Of("compare", "--strategy", "single-map,singlemap");

        Assert.Equal(1, run.Code);
        Assert.Contains(
            "'singlemap' is neither one of baseline, map-once, batch-barriers, single-map, lazy-unmap, premapped nor a switch",
            run.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_that_do_not_fit_this_computer_are_refused_before_they_are_built()
    {
        (string[] Arguments, string Size, string Tables)[] cases =
        [
            (["compare", "--memory", "1000T,1000T@0x4000040000000", "--va-bits", "52", "--strategy", "single-map"], "1.9 PiB", "3.9 TiB"),
            (["trace", "--memory", "1000T", "--va-bits", "52"], "1000 TiB", "1.9 TiB"),
            (["bench", "build", "--memory", "1000T", "--va-bits", "52"], "1000 TiB", "1.9 TiB"),
            (["bench", "walk", "--memory", "1000T", "--va-bits", "52"], "1000 TiB", "3.9 TiB"),
            (["bench", "walk", "--random-memory", "1000T", "--memory", "1G", "--repeat", "1", "--va-bits", "52"], "1000 TiB", "3.9 TiB"),
            (["map", "--memory", "1000T", "--cpu", "max"], "1000 TiB", "1.9 TiB"),
            (["map", "--memory", "1000T", "--cpu", "max", "--trace", "trace.txt"], "1000 TiB", "3.9 TiB"),
            (["map", "--memory", "100T", "--cpu", "max", "--cmdline", "rodata=on", "--late", "direct", "--hot-add", "1000T"], "100 TiB", "2.1 TiB"),
        ];
        foreach ((string[] arguments, string size, string tables) in cases)
        {
            CliRun run = CliRun.Of(arguments);

            Assert.Equal((ExitCode.BadInput, string.Empty), (run.Code, run.Out));
            Assert.Matches(
                $"^ptewright: (Memory [^ ]+: )?Building the tables of {size} takes {tables} of memory here, and this computer has [0-9.]+ [MGT]iB, [0-9.]+ [MGT]iB of them free: "
                + "take less memory, larger pages, or allow blocks\\.\n$",
                run.Error.ReplaceLineEndings("\n"));
        }
    }

    [Fact]
    public void A_drawing_that_has_no_folder_is_refused_before_anything_is_built()
    {
        CliRun run = CliRun.Of("compare", "--svg", Path.Combine("no-such-folder", "x.svg"));

        Assert.Equal(2, run.Code);
        Assert.Contains("no-such-folder", run.Error, StringComparison.Ordinal);
        Assert.Equal(string.Empty, run.Out);
    }
}
