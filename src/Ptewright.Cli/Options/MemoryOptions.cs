using System.CommandLine;
using Ptewright.Machines;

namespace Ptewright.Cli.Options;

/// <summary>The options that say which memory: <c>--memory</c>, <c>--dtb</c>, <c>--iomem</c>, <c>--efi-map</c>, <c>--dmesg</c>.</summary>
internal sealed class MemoryOptions
{
    private readonly Option<string?> _memory = new("--memory")
    {
        Description = "The memory: a size (decimal), optionally at an address (hexadecimal), as in 64G@80000000; several joined by commas; !SIZE@ADDRESS must not be mapped. "
            + "The address is 1 GiB if none is given.",
        HelpName = "SIZE[@BASE]",
    };

    private readonly Option<string?> _deviceTree = new("--dtb")
    {
        Description = "The memory of a device tree blob; its reservations, bootargs and KASLR seed are used as well. With --memory only these: for blobs whose sizes a boot loader fills in.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _iomem = new("--iomem") { Description = "The memory of a copy of /proc/iomem, read as root.", HelpName = "FILE" };

    private readonly Option<string?> _efiMap = new("--efi-map")
    {
        Description = "The memory of a UEFI memory map, as a kernel with efi=debug prints it: the boot log.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _dmesg = new("--dmesg")
    {
        Description = "The memory of an ordinary boot log, as dmesg or 'journalctl -k -b' prints it; its kernel version, command line and CPU are used as well.",
        HelpName = "FILE",
    };

    /// <summary>The options that say where memory is, but for a device tree, if any of them is given.</summary>
    public string? OtherThanDeviceTree(ParseResult parsed) =>
        new[] { _memory, _iomem, _efiMap, _dmesg }.FirstOrDefault(option => parsed.GetValue(option) is not null)?.Name;

    /// <summary>The device tree that is given, if any.</summary>
    public string? DeviceTree(ParseResult parsed) => parsed.GetValue(_deviceTree);

    /// <summary>Gives the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option<string?> source in Sources)
        {
            command.Options.Add(source);
        }
    }

    /// <summary>The source that is given; null when none is.</summary>
    /// <exception cref="UsageException">More than one is given; but memory by hand and a device tree go together.</exception>
    public MachineSource? Source(ParseResult parsed)
    {
        Option<string?>[] given = [.. Sources.Where(option => parsed.GetValue(option) is not null)];
        string Value(Option<string?> option) => parsed.GetValue(option)!;
        return given switch
        {
            [] => null,
            [var one] when one == _memory => MachineSource.OfText(Value(one)),
            [var one] when one == _deviceTree => MachineSource.OfDeviceTree(Value(one)),
            [var one] when one == _iomem => MachineSource.OfIomem(Value(one)),
            [var one] when one == _efiMap => MachineSource.OfEfiMap(Value(one)),
            [var one] when one == _dmesg => MachineSource.OfBootLog(Value(one)),
            [var sizes, var tree] when sizes == _memory && tree == _deviceTree => MachineSource.OfDeviceTree(Value(tree), Value(sizes)),
            _ => throw new UsageException(
                $"Options {string.Join(" and ", given.Select(option => option.Name))} {(given.Length == 2 ? "both" : "all")} say which memory: give one of them."),
        };
    }

    /// <summary>The source that is given.</summary>
    /// <exception cref="UsageException">None is, or more than one; but memory by hand and a device tree go together.</exception>
    public MachineSource RequiredSource(ParseResult parsed) =>
        Source(parsed) ?? throw new UsageException("Say which memory: --memory, --dtb, --iomem, --efi-map or --dmesg.");

    private Option<string?>[] Sources => [_memory, _deviceTree, _iomem, _efiMap, _dmesg];
}
