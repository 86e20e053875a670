using System.CommandLine;
using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Discovery;
using Ptewright.Images;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Versions;
using Ptewright.Listing;
using Ptewright.Machines;
using Ptewright.Texts;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Commands.List;

/// <summary><c>ptewright list</c>: what tables map, in merged ranges.</summary>
internal sealed class ListCommand
{
    private readonly SourceOptions _source = new();
    private readonly HalfOption _half = new();

    private readonly Option<string?> _from = new("--from") { Description = "The first address, hexadecimal; a block that reaches over it is shown whole.", HelpName = "VA" };

    private readonly Option<string?> _to = new("--to") { Description = "The address behind the last one, hexadecimal.", HelpName = "VA" };

    private readonly Option<string[]> _filter = new("--filter")
    {
        Description = "Only ranges for which this holds, as in \"w&x\", \"user & !ro\", \"pa=0x40000000-0x7fffffff\". Several must all hold. "
            + $"Conditions: {string.Join(", ", RangeFilter.Words.Select(word => word.Name))}, level=N, attrindx=N, pa=FROM-LAST, va=FROM-LAST (hexadecimal); with ! & | and parentheses.",
        HelpName = "EXPR",
    };

    private readonly Option<string> _format = new("--format")
    {
        Description = "A table for people, JSON, or the kernel's own text, as its /sys/kernel/debug/kernel_page_tables shows it.",
        HelpName = "table|json|kernel",
        DefaultValueFactory = _ => "table",
    };

    private readonly Option<string?> _profile = new("--profile")
    {
        Description = $"With --format kernel, the kernel that made the tables: {KernelNames.Profiles}. [default: what the source or --config says, or linux-6.12]",
        HelpName = "PROFILE",
    };

    private readonly Option<int?> _bits = new("--va-bits")
    {
        Description = "With --format kernel, the size of addresses that the kernel was built for, where it runs with fewer. [default: what --config or the source says, or the profile's usual one]",
        HelpName = "N",
        CustomParser = result => NumberOption.ParseBits(result),
    };

    private readonly Option<string?> _config = new("--config")
    {
        Description = "With --format kernel, the kernel's configuration, as in /boot/config-*: where the fixmap begins depends on it, and for which addresses and version it was built. [default: what the source says, or a distribution's of that version]",
        HelpName = "FILE",
    };

    private readonly Terminal _terminal;

    private ListCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        ListCommand self = new(terminal);
        self._format.CompletionSources.Add("table", "json", "kernel");
        self._profile.CompletionSources.Add([.. KernelProfiles.All.Select(profile => profile.Name)]);
        DocumentedCommand command = new(
            "list",
            "Lists what tables map: neighbours that lead to neighbouring memory in the same way are one range.",
            ("ptewright list tables", "All of a capture, or of a folder of map -o."),
            ("ptewright list tables --filter \"w&x\"", "What the kernel can both write and execute."),
            ("ptewright list vmcore --half ttbr1 --format json", "A crash dump's kernel half, for a program to read."),
            ("ptewright list kernel_page_tables.txt --filter \"w&x\"", "A copy of a running kernel's own listing: no physical addresses, else the same."),
            ("ptewright list tables --format kernel --profile linux-6.12", "Byte for byte what that kernel's own listing shows."));
        self._source.AddTo(command);
        self._source.AddMemoryStartTo(command);
        self._half.AddTo(command);
        foreach (Option option in new Option[] { self._from, self._to, self._filter, self._format, self._profile, self._bits, self._config })
        {
            command.Options.Add(option);
        }

        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        string format = parsed.GetValue(_format)!;
        AddressHalf? half = _half.Read(parsed);
        RangeFilter[] filters = [.. (parsed.GetValue(_filter) ?? []).Select(ParseFilter)];
        ulong? from = parsed.GetValue(_from) is { } first ? SourceOptions.ParseNumber(first, "--from") : null;
        ulong? to = parsed.GetValue(_to) is { } end ? SourceOptions.ParseNumber(end, "--to") : null;
        if (to == 0 || (from is { } low && to is { } high && low >= high))
        {
            throw new UsageException("There is nothing between --from and --to: --to is the address behind the last one.");
        }

        if (format is not ("table" or "json" or "kernel"))
        {
            throw new UsageException($"There is no format '{format}'; there are table, json, kernel.");
        }

        bool isKernel = format == "kernel";
        if (isKernel && (half == AddressHalf.Lower || filters.Length > 0 || from is not null || to is not null))
        {
            throw new UsageException("A kernel lists its own half and all of it: leave --half ttbr0, --filter, --from and --to away with --format kernel.");
        }

        if (!isKernel && ((parsed.GetValue(_profile) ?? parsed.GetValue(_config)) is not null || parsed.GetValue(_bits) is not null))
        {
            throw new UsageException("Options --profile, --config and --va-bits belong to --format kernel.");
        }

        if (isKernel)
        {
            using MemoryImage tables = _source.Open(parsed, _terminal);
            return ListAsKernel(parsed, tables, _source.Registers(parsed, tables, _terminal));
        }

        using Mappings mappings = _source.OpenMappings(parsed, half, _terminal);
        if (mappings.Roots[0].Mair is null && filters.Any(filter => filter.Needs.HasFlag(RangeFilterNeeds.MemoryTypes)))
        {
            throw new UsageException("The filter asks for memory types, and the source does not say what MAIR_EL1 holds; give it with --mair.");
        }

        if (mappings.Listing is not null && (filters.Any(filter => filter.Needs.HasFlag(RangeFilterNeeds.Tables)) || (filters.Any(filter => filter.Needs.HasFlag(RangeFilterNeeds.Physical)) && !_source.HasMemoryStart(parsed))))
        {
            throw new UsageException("The filter asks for what a kernel's own listing does not show: dbm never, pa= only for the linear map, and when --memstart says where that leads.");
        }

        if (format == "table")
        {
            return Scan(new ListTable(_terminal, filters, mappings.Listing is not null), mappings, from ?? 0, (to ?? 0) - 1);
        }

        using ListJson json = new(_terminal, filters);
        return Scan(json, mappings, from ?? 0, (to ?? 0) - 1);
    }

    // Problems do not make a list worthless, so they change the exit code only where nothing is left of it.
    private int Scan(ListSink sink, Mappings mappings, ulong from, ulong last)
    {
        long problems = 0;
        foreach (TranslationRoot root in mappings.Roots)
        {
            sink.Begin(root, mappings.Name);
            ulong end = root.Last.Value;
            ulong low = Math.Max(from, root.Start.Value);
            ulong high = Math.Min(last, end);
            if (low <= high)
            {
                TableScanner? scan = mappings.Scan(root, sink, new VirtualAddress(low), new VirtualAddress(high));
                problems += scan?.Problems ?? 0;
                if (scan?.Unreported > 0)
                {
                    _terminal.Error.WriteLine($"ptewright: and {Numbers.Of((ulong)scan.Unreported, "more problem")} of this half.");
                }
            }
        }

        sink.End();
        if (sink.Chosen > 0)
        {
            return ExitCode.Ok;
        }

        // An empty list is never left to speak for itself.
        bool isWhole = from == 0 && last == ulong.MaxValue;
        _terminal.Error.WriteLine(sink.Found > 0
            ? $"ptewright: note: None of the {Numbers.Of((ulong)sink.Found, "range")} is as --filter asks: {string.Join("; and ", sink.Filters.Select(filter => filter.Condition.Explain()))}."
            : !isWhole ? "ptewright: note: Nothing is mapped from --from to --to."
            : mappings.Listing is not null ? "ptewright: The listing shows nothing that is mapped."
            : $"ptewright: The tables below {string.Join(" and ", mappings.Roots.Select(root => root.Table))} map nothing. If that is not where the root lies, give its register with --ttbr1, --ttbr0 and the size of addresses with --tcr.");
        return sink.Found > 0 || !isWhole ? ExitCode.Ok : problems > 0 ? ExitCode.BadInput : ExitCode.No;
    }

    private int ListAsKernel(ParseResult parsed, MemoryImage image, ImageRegisters registers)
    {
        TranslationRoot root = TranslationRoot.Of(registers, AddressHalf.Upper);
        KernelMatch? named = parsed.GetValue(_profile) is { } name ? KernelNames.Match(name, _terminal) : null;
        KernelConfig? config = ConfigOf(parsed, image, registers);
        KernelProfile profile = named?.Profile ?? ProfileOf(image, config);
        LinuxVersion? own = _source.Found?.Profile?.Version ?? (LinuxVersion.TryParse(image.CoreInfo?.Release, out LinuxVersion release) ? release : null);
        int? built = parsed.GetValue(_bits) ?? config?.VaBits ?? BuiltBitsOf(image);
        LinuxVersion? version = named is not null ? named.Version : image is TableFolder { Kernel: not null } ? null : own;
        _terminal.Note(new[]
        {
            named is null ? null : VersionMix.Of($"The kernel in {ForeignText.QuoteName(image.Name)}", own, profile, version, "is"),
            config is null ? null : VersionMix.Of($"The configuration in {ForeignText.QuoteName(config.Name)}", config.Version, profile, version),
        }.OfType<string>());

        // Refused before anything is said of the tables.
        TableGeometry geometry = ImageLister.GeometryOf(root, profile, built);
        ProblemSink problems = new(_terminal);
        using Mappings upper = new(image, registers, AddressHalf.Upper, _terminal);
        int code = Scan(problems, upper, 0, ulong.MaxValue);
        int? slots = config is not null ? profile.Facts.Regions.Fixmap.PermanentSlots(geometry, config)
            : image is TableFolder { Kernel: { } kernel } && kernel.Profile == profile.Name ? kernel.FixmapSlots : null;
        bool showsFixmap = ImageLister.List(_terminal.Out, image, root, profile, built, slots);
        if (showsFixmap && slots is null)
        {
            _terminal.Note($"The fixmap begins where a distribution's configuration of {profile.Name} puts it; another may move that one line (--config).");
        }

        return code;
    }

    // What a person gives, what the kernel's image in memory holds.
    private KernelConfig? ConfigOf(ParseResult parsed, MemoryImage image, ImageRegisters registers)
    {
        if (parsed.GetValue(_config) is { } file)
        {
            return KernelConfig.Read(file);
        }

        // The image lies where the note says, or where the kernel was found: memory is not searched for this.
        FoundKernel? kernel = _source.Found ?? (image.CoreInfo is null ? null : KernelDiscovery.Find(image, DiscoveryMethods.Note, searches: false, null).Kernel);
        return kernel is null ? null : MachineFinding.Find(image, registers, kernel, null, _terminal)?.Configuration is { } own ? KernelConfig.Parse(own.Value, "the configuration in memory") : null;
    }

    private KernelProfile ProfileOf(MemoryImage image, KernelConfig? config) => image switch
    {
        TableFolder { Kernel: { } kernel } => KernelNames.Profile(kernel.Profile, _terminal),
        _ when _source.Found?.Profile is { } match => KernelNames.Profile(match, _terminal),
        { CoreInfo.Release: { } release } when KernelProfiles.ForRelease(release) is { } match => KernelNames.Profile(match, _terminal),
        _ when config?.Version is { } version => KernelNames.Match(version.ToString(), _terminal).Profile,
        _ => KernelProfiles.Default,
    };

    private int? BuiltBitsOf(MemoryImage image) => image switch
    {
        _ when _source.Found?.BuiltBits is { } built => built.Value,
        TableFolder { Kernel: { } kernel } => kernel.Geometry.VirtualAddressBits,
        { CoreInfo.VaBits: { } bits and <= 52 } => (int)bits,
        _ => null,
    };

    private static RangeFilter ParseFilter(string text)
    {
        try
        {
            return RangeFilter.Parse(text);
        }
        catch (InvalidInputException wrong)
        {
            throw new UsageException(wrong.Message);
        }
    }
}
