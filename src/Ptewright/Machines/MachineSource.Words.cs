using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Versions;
using Ptewright.Texts;

namespace Ptewright.Machines;

/// <content>The sources that also say something of the kernel.</content>
public sealed partial class MachineSource
{
    // Debian: linux-image-*-16k; others: kernel-64k.
    private static readonly string[] _pagesInNames = ["16k", "64k"];

    // What the log says of the kernel has been used by the time that memory is read; the words about it come with the memory.
    private MachineMemory ReadLog(KernelProfile profile, KernelConfig config, string? commandLine, ulong? seed)
    {
        DmesgInfo log = Log(config.Granule)!;
        List<string> remarks = [];
        if (commandLine is null)
        {
            remarks.Add(log.CommandLine is { } logged
                ? $"The command line is that of the log: {ForeignText.Quote(logged, 1000)}."
                : "The log does not say the command line: none is assumed.");
        }

        // Linux logs what it made of the boot loader's words and its configuration's.
        KernelCommandLine line = KernelCommandLine.Parse(commandLine is null && log.CommandLine is not null ? log.CommandLine : config.CommandLineFor(commandLine));
        if (log.HasKaslr && seed is null && config.RandomizeBase && !profile.IsKaslrOff(line))
        {
            remarks.Add($"The log says that KASLR was in effect, but not its random number: the start of the linear map and nG can differ; {InputWords.KaslrSeed}.");
        }

        string pages = $"{1 << ((int)config.Granule - 10)}k";
        string? other = _pagesInNames.FirstOrDefault(size => size != pages && (log.Version?.Suffix.Contains(size, StringComparison.OrdinalIgnoreCase) ?? false));
        if (other is not null)
        {
            remarks.Add($"The kernel's name {ForeignText.Quote(log.Version.ToString())} says {other.ToUpperInvariant()} pages, and {pages.ToUpperInvariant()} are reckoned with: {InputWords.Configuration}.");
        }

        return new MachineMemory(log.Layout, Name, line, seed, log.Remarks) { KernelRemarks = remarks };
    }

    // The seed is the machine's, whatever command line the kernel gets.
    private MachineMemory ReadDeviceTree(KernelProfile profile, KernelConfig config, string? commandLine, ulong? givenSeed)
    {
        List<string> remarks = [];
        bool softReserve = config.EfiSoftReserve && !KernelCommandLine.Parse(config.CommandLineFor(commandLine)).EfiNoSoftReserve;
        DeviceTreeInfo info = _tree is not null
            ? DeviceTreeFile.Parse(_tree, Value, config.Granule, null, null, _ => _efi?.ToLayout(config.Granule, softReserve, remarks))
            : DeviceTreeFile.Read(Value, config.Granule, memory: _sizes);
        if (commandLine is null && !string.IsNullOrEmpty(info.BootArguments))
        {
            remarks.Add($"The command line is that of the device tree: '{info.BootArguments}'.");
        }

        KernelCommandLine line = KernelCommandLine.Parse(config.CommandLineFor(commandLine ?? info.BootArguments));
        if (givenSeed is null && info.KaslrSeed is not (null or 0) && config.RandomizeBase && !profile.IsKaslrOff(line))
        {
            remarks.Add($"The KASLR seed is that of the device tree: 0x{info.KaslrSeed:x}; {InputWords.WithoutKaslr} to leave it aside.");
        }

        return new MachineMemory(info.Memory, Name, line, givenSeed ?? info.KaslrSeed, info.ReadingRemarks)
        {
            InitialRamdisk = _efi?.InitialRamdisk ?? (info.Initrd is { } disk ? (disk.Start, disk.Size) : null),
            Reservations = info.Reservations,
            KernelRemarks = remarks,
            IsFile = _sizes is null && _tree is null,
        };
    }
}
