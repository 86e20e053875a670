using System.CommandLine;
using Ptewright.Addressing;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Discovery;
using Ptewright.Images;
using Ptewright.Kernels.Versions;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Symbols;
using Ptewright.Listing;
using Ptewright.Live;
using Ptewright.Machines;
using Ptewright.Translation;
using Ptewright.Verifying;
using Ptewright.Walking;

namespace Ptewright.Cli.Commands.Verify;

/// <summary><c>ptewright verify</c>: a kernel's linear map against its prediction.</summary>
internal sealed class VerifyCommand
{
    private readonly SourceOptions _source = new();
    private readonly MachineOptions _machine = new();
    private readonly LiveOptions _live = new(
        "Boot this kernel (Image, Image.gz, vmlinuz) under QEMU instead of reading a source; --dtb and --cmdline are then what it gets.");
    private readonly Option<bool> _json = new("--json") { Description = "Write JSON." };
    private readonly Terminal _terminal;

    private VerifyCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        VerifyCommand self = new(terminal);
        DocumentedCommand command = new(
            "verify",
            "Compares a kernel's linear map with what is predicted of it, leaf by leaf and table page by table page.",
            (
                "ptewright verify vmcore",
                "A crash dump alone: kernel, symbols, memory, command line and CPU are found in it."),
            (
                "ptewright verify --kernel-image vmlinuz --config config -m 2G --cpu max --cmdline nokaslr",
                "A real kernel, booted under QEMU for this; its symbols are its own."),
            (
                "ptewright verify tables --kernel linux-6.12 --symbols System.map --config config --cpu max --memory 2G --cmdline nokaslr",
                "Tables captured of a kernel on 2 GiB."),
            (
                "ptewright verify kernel_page_tables.txt --iomem iomem.txt --kernel linux-6.12 --config config --cpu cortex-a72 --cmdline nokaslr",
                "A copy of a running kernel's own listing, its memory and image as /proc/iomem says."),
            (
                "ptewright verify gdb:localhost:1234 --dtb board.dtb --kernel linux-6.1 --symbols System.map --config config",
                "A live guest, its memory as its device tree says."));
        self._source.AddTo(command, isOptional: true);
        self._live.AddTo(command);
        self._machine.AddTo(command);
        command.Options.Add(self._json);
        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        if (_source.IsGiven(parsed) == _live.IsGiven(parsed))
        {
            throw new UsageException("Name a source, or a kernel to boot with --kernel-image.");
        }

        if (_live.IsGiven(parsed))
        {
            using LiveKernel kernel = _live.Boot(parsed, _machine, _terminal);
            return Verify(parsed, _live.Image(parsed), kernel.Memory, kernel.Registers, _live.Describe(parsed, kernel), null);
        }

        if (SourceOptions.IsListing(_source.Name(parsed)))
        {
            return VerifyListing(parsed);
        }

        if (!MachineFinding.MayBeRead(_source.Name(parsed)))
        {
            RequireSymbols(parsed, null);
        }

        using MemoryImage image = _source.Open(parsed, _terminal);
        ImageRegisters registers = _source.Registers(parsed, image, _terminal);
        FoundMachine? found = _machine.IsComplete(parsed) ? null : MachineFinding.Find(image, registers, _source.Found, _machine.Symbols(parsed), _terminal);
        RequireSymbols(parsed, found);
        return Verify(parsed, _source.Name(parsed), image, registers, null, found);
    }

    private void RequireSymbols(ParseResult parsed, FoundMachine? found)
    {
        if (_machine.Symbols(parsed) is null && found?.Symbols is null)
        {
            throw new UsageException(
                "Verifying takes the kernel's symbols, because its image decides where tables lie and what is read-only: --symbols System.map or vmlinuz, of that very kernel"
                + (found?.NoSymbols is { } why ? $". They are not to be had from memory: {why.TrimEnd('.')}." : "."));
        }
    }

    private int Verify(ParseResult parsed, string name, MemoryImage image, ImageRegisters registers, BootedMachine? booted, FoundMachine? found)
    {
        DescribedMachine described = _machine.Read(parsed, _terminal, symbols => FindBase(symbols, registers), booted, image: booted is null ? null : name, found: found);
        described = booted is null ? described : WithOwnStart(described, image);
        KernelPlan plan = described.Profile.Plan(described.Machine, KernelScope.PagingInit);
        if (found?.Compare(plan) is { } difference)
        {
            _terminal.Note(difference);
        }

        MapVerification verification = _terminal.WithProgress(progress => MapVerifier.Verify(image, registers, described.Machine, plan, progress));
        VerifyReport.Write(_terminal, new VerifyOutcome(name, described, plan, verification, found), parsed.GetValue(_json));
        if (verification.Unexplained > 0 && _machine.Assumed(parsed, found) is { Length: > 0 } assumed)
        {
            _terminal.Note($"{assumed} were not given{(found is null ? string.Empty : " and not found")}, so the usual ones were predicted; a kernel with others has other tables.");
        }

        return verification.Unexplained == 0 ? ExitCode.Ok : ExitCode.No;
    }

    // A CPU's own random numbers are known to nobody but the kernel, which says what came of them.
    private DescribedMachine WithOwnStart(DescribedMachine described, MemoryImage image)
    {
        KernelProfile profile = described.Profile;
        if (!profile.Facts.MixesRandomNumbers || profile.IsKaslrOff(described.Machine.CommandLine) || described.Machine.KaslrSeed is null
            || RootDiscovery.Find(image, DiscoveryMethods.Text | DiscoveryMethods.Tables, _terminal).Kernel is not { PhysicalOffset: { } own } kernel
            || profile.Plan(described.Machine, KernelScope.MapMem).Plan.MemoryStart.Value == own.Value)
        {
            return described;
        }

        _terminal.Note($"The linear map does not begin where the seed puts it, because {profile.Name} mixes a CPU's own random numbers (FEAT_RNG) into it: taken from {own.Evidence}.");
        return described with { Machine = described.Machine with { KaslrSeed = profile.SeedFor(described.Machine, own.Value, kernel.KaslrOffset?.Value) } };
    }

    private int VerifyListing(ParseResult parsed)
    {
        RequireSymbols(parsed, null);
        PtdumpMap listing = SourceOptions.ReadListing(_source.Name(parsed), _terminal);
        DescribedMachine described = _machine.Read(parsed, _terminal);
        KernelPlan plan = described.Profile.Plan(described.Machine, KernelScope.PagingInit);
        MapVerification verification = _terminal.WithProgress(progress => ListingVerifier.Verify(listing, described.Machine, plan, progress));
        VerifyReport.Write(_terminal, new VerifyOutcome(_source.Name(parsed), described, plan, verification), parsed.GetValue(_json));
        return verification.Unexplained == 0 ? ExitCode.Ok : ExitCode.No;
    }

    /// <summary>Where the image lies, from where its root table does.</summary>
    internal static PhysicalAddress? FindBase(KernelSymbols symbols, ImageRegisters registers)
    {
        TranslationRoot root = TranslationRoot.Of(registers, AddressHalf.Upper);
        ulong page = (1UL << root.PageShift) - 1;
        ulong distance = symbols.Find("swapper_pg_dir").Value - symbols.Find("_text").Value;
        return new PhysicalAddress((root.Table.Value & ~page) - distance);
    }
}

/// <summary>What <c>verify</c> found.</summary>
/// <param name="Source">What was verified.</param>
/// <param name="Described">The kernel and the machine.</param>
/// <param name="Plan">What it was predicted to do.</param>
/// <param name="Verification">How that compares.</param>
/// <param name="Found">What was found in the source.</param>
internal sealed record VerifyOutcome(string Source, DescribedMachine Described, KernelPlan Plan, MapVerification Verification, FoundMachine? Found = null);
