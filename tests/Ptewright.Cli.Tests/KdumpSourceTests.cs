using Ptewright.Tests.Live;

namespace Ptewright.Cli.Tests;

/// <summary>Reading commands over what QEMU writes in its packed format: the answers are those of the ELF core, and what is wrong with the file is said.</summary>
public sealed class KdumpSourceTests
{
    [Fact]
    public void Every_command_answers_as_for_the_core_of_the_same_guest()
    {
        using TinyGuest guest = new(5);
        guest.Set(running: false);
        Assert.True(guest.BecomesRunning(false));
        string core = guest.Dump("elf");
        string dump = guest.Dump("kdump-zlib");
        foreach (string[] command in new string[][]
        {
            ["list"], ["list", "--format", "json"], ["list", "--half", "ttbr1", "--format", "kernel"], ["walk", "0xffffff8000000000"], ["find", "0x40005000"],
        })
        {
            CliRun expected = CliRun.Of([command[0], core, .. command[1..], .. TinyGuest.Registers]);
            Assert.Equal(expected with { Error = expected.Error.Replace(core, dump, StringComparison.Ordinal) }, CliRun.Of([command[0], dump, .. command[1..], .. TinyGuest.Registers]));
            Assert.NotEmpty(expected.Out);
        }

        Assert.Equal("TTBR1\nBoth map the same.", CliRun.Of(["diff", core, dump, .. TinyGuest.Registers]).Out.Trim());
    }

    [Fact]
    public void A_dump_that_was_cut_is_listed_as_far_as_it_goes_with_a_note_and_a_problem()
    {
        using TinyGuest guest = new(5);
        guest.Set(running: false);
        Assert.True(guest.BecomesRunning(false));
        string dump = guest.Dump("kdump-zlib");

        // Memory is written from its beginning on, and all that is empty once: the tables come last.
        byte[] file = File.ReadAllBytes(dump);
        File.WriteAllBytes(dump, file[..^40]);
        CliRun run = CliRun.Of(["list", dump, .. TinyGuest.Registers]);
        Assert.Contains($"note: {dump}: It is a flattened file without an end, cut short at byte 0x{file.Length - 40:x}", run.Error, StringComparison.Ordinal);
        Assert.Contains("is in the source but cannot be read", run.Error, StringComparison.Ordinal);
    }
}
