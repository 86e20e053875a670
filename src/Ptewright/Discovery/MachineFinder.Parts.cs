using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Images;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Symbols;
using Ptewright.Machines;
using Ptewright.Memory;
using Ptewright.Texts;

namespace Ptewright.Discovery;

/// <content>Each part, and which source of several is taken.</content>
internal sealed partial class MachineFinder
{
    // The boot loader's registers name it; where they cannot be read, where the kernel has mapped it does; at last it is looked for.
    private MemoryTree? FindTree(DmesgLines? lines, out string evidence)
    {
        using MemoryReader reader = _image.OpenReader();
        PhysicalAddress? mapped = Variable("initial_boot_params") is { } pointer && _memory.Word(pointer) is { } address and not 0 ? _memory.PhysicalOf(new VirtualAddress(address)) : null;
        PhysicalAddress? loaded = Variable("boot_args") is { } registers && _memory.Word(registers) is { } first ? new PhysicalAddress(first) : null;
        foreach ((PhysicalAddress? at, string name) in ((PhysicalAddress?, string)[])[(loaded, "boot_args"), (mapped, "initial_boot_params")])
        {
            if (at is { } place && MemoryTree.Read(reader, place) is { } tree)
            {
                if (loaded is not null && mapped is not null && loaded != mapped)
                {
                    _remarks.Add($"The boot loader's device tree lies at {loaded}, and the kernel's at {mapped}: that at {place} is taken.");
                }

                evidence = $"{MemoryTree.NameOf(place)} ({name})";
                return tree;
            }
        }

        if (loaded is not null || mapped is not null)
        {
            _remarks.Add($"The device tree that the kernel was given at {loaded ?? mapped} is not in the source, or damaged.");
        }

        // A tree may also lie there as a file, or be left from an earlier kernel.
        List<MemoryTree> found = MemoryTree.Search(_image, MostTrees, _stop);
        MemoryTree[] fit = [.. found.Where(tree => Fits(tree, lines))];
        evidence = fit.Length == 0 ? string.Empty : $"{MemoryTree.NameOf(fit[0].At)} (looked for in memory)";
        if (fit.Length != 1 && found.Count > 0)
        {
            _remarks.Add($"{(found.Count == 1 ? "A device tree lies" : "Device trees lie")} at {string.Join(", ", found.Select(tree => tree.At))}, and "
                + $"{(fit.Length == 0 ? "it is not that of a machine whose memory has this kernel and its command line" : "nothing says which the kernel was given")}: none is taken.");
        }

        return fit.Length == 1 ? fit[0] : null;
    }

    private bool Fits(MemoryTree tree, DmesgLines? lines) =>
        (_kernel.ImageStart is not { } start || tree.Info.Memory.Memory.Any(region => region.Start <= start.Value && region.End > start.Value))
        && (lines?.CommandLine is not { } logged || string.IsNullOrEmpty(tree.Info.BootArguments) || IsPart(logged, tree.Info.BootArguments));

    // The kernel adds to what it got, and a line of the log may be cut off.
    private static bool IsPart(string left, string right) => left.Contains(right.Trim(), StringComparison.Ordinal) || right.Contains(left.Trim(), StringComparison.Ordinal);

    private Known<string>? FindCommandLine(MemoryTree? tree, DmesgLines? lines)
    {
        string? saved = Variable("saved_command_line") is { } pointer && _memory.Word(pointer) is { } at and not 0 ? _memory.Text(new VirtualAddress(at), LongestCommandLine) : null;
        Known<string>?[] said =
        [
            saved is null ? null : new(saved, KnownBy.Data, "saved_command_line"),
            string.IsNullOrEmpty(tree?.Info.BootArguments) ? null : new(tree.Info.BootArguments, KnownBy.DeviceTree, MemoryTree.NameOf(tree.At)),
            lines?.CommandLine is { } logged ? new(logged, KnownBy.Log, "the kernel's log") : null,
        ];
        Known<string>? taken = Array.Find(said, known => known is not null);
        foreach (Known<string>? other in said)
        {
            if (taken is not null && other is not null && !IsPart(taken.Value, other.Value))
            {
                _remarks.Add($"The command line by {taken.Evidence} is {ForeignText.Quote(taken.Value, 1000)}, by {other.Evidence} {ForeignText.Quote(other.Value, 1000)}: the first is taken.");
            }
        }

        return taken;
    }

    private (Known<uint>? Id, Known<CpuModel>? Cpu) FindCpu(DmesgLines? lines)
    {
        Known<uint>? id = lines?.CpuId is { } logged ? new(logged, KnownBy.Log, "the kernel's log") : null;
        string? name = id is null ? null : MainIdRegister.NameOf(id.Value);
        CpuModel? model = name is null ? null : CpuModel.All.FirstOrDefault(known => known.Name == name);
        string? midr = id is null ? null : string.Create(CultureInfo.InvariantCulture, $"MIDR 0x{id.Value:x8} in the kernel's log");
        if (Variable("arm64_ftr_regs") is not { } table || FeatureRegisters.Read(_memory, table) is not { IsKnown: true } registers)
        {
            return (id, model is null ? null : new(model, KnownBy.Log, midr!));
        }

        const string Noted = "what the kernel noted of its registers";
        CpuModel shown = registers.Model(name ?? (midr is null ? "CPU" : $"CPU-{id!.Value:x8}"), Noted);
        shown = shown with { QemuName = null, SplitsBlocksSince = (id is null ? null : BlockSplitters.Since(id.Value)) ?? (CountsOnSplitting() ? default(LinuxVersion) : shown.SplitsBlocksSince) };
        if (model is null)
        {
            return (id, new(shown, KnownBy.Data, midr is null ? Noted : $"{midr}; {Noted}"));
        }

        // The registers are those of this machine, the command line's overrides heeded.
        return model with { QemuName = null, Source = shown.Source, Unknown = shown.Unknown, SplitsBlocksSince = shown.SplitsBlocksSince } == shown
            ? (id, new(model, KnownBy.Log, $"{midr}; {Noted} says the same"))
            : (id, new(shown, KnownBy.Data, $"{midr}; {Noted}, which differs from a {model.Name} as it is known"));
    }

    // A kernel that made blocks because its CPU can split them notes so: without a log that is all that tells of it.
    private bool CountsOnSplitting()
    {
        byte[] flag = new byte[1];
        return (Variable("linear_map_requires_bbml2") ?? Variable("linear_map_requires_bbml3")) is { } variable && _memory.TryRead(variable, flag) && flag[0] == 1;
    }

    // Without its header the image's beginning is known by the symbols alone.
    private Known<bool>? FindRandomness()
    {
        if (_kernel.KaslrOffset is { } offset)
        {
            return new(offset.Value >= LeastMove, offset.By, offset.Evidence);
        }

        return _imageBase is { } from && _kernel is { ImageOffset: { } distance, Profile: { } match, BuiltBits: { } built }
            && KernelDescription.LinkedAt(match.Profile, _kernel.Granule.Value, built.Value, _kernel.InputBits.Value) is { } linked
            ? new(from.Value + distance.Value - linked >= LeastMove, KnownBy.Tables, $"the image's address, less 0x{linked:x16} where {match.Profile.Name} is linked")
            : null;
    }

    private Known<ulong>? FindMemoryStart()
    {
        ulong? own = Variable("memstart_addr") is { } variable ? _memory.Word(variable) : null;
        if (own is { } value)
        {
            if (_kernel.PhysicalOffset is { } other && other.Value != value)
            {
                _remarks.Add($"memstart_addr is 0x{value:x}, and by {other.Evidence} it is 0x{other.Value:x}: the first is taken.");
            }

            return new(value, KnownBy.Data, "memstart_addr");
        }

        return _kernel.PhysicalOffset;
    }

    private (Known<MemoryLayout> Layout, MachineSource Source) ChooseMemory(MemoryTree? tree, string treeEvidence, Memblock? own, string? log, DmesgLines? lines)
    {
        if (tree is { Info.UefiTables: null })
        {
            return (new(tree.Info.Memory, KnownBy.DeviceTree, treeEvidence), MachineSource.OfDeviceTree(tree.Blob, MemoryTree.NameOf(tree.At), null));
        }

        if (tree is { EfiMap: { } map, Info.UefiTables: { } tables })
        {
            return (new(tree.Info.Memory, KnownBy.EfiMap, $"the EFI memory map at {tables.MapStart}, which {treeEvidence} names"),
                MachineSource.OfDeviceTree(tree.Blob, MemoryTree.NameOf(tree.At), new EfiTables(_memory, lines).Complete(map)));
        }

        if (own is not null)
        {
            const string Lists = "the kernel's own list of memory (memblock)";
            MemoryLayout layout = LayoutOf(own.Memory);
            return (new(layout, KnownBy.Data, Lists), MachineSource.OfMemory(layout, Lists,
                ["The memory is that of the kernel's own list (memblock); what was reserved before the linear map was made is not known from there, so tables and a KFENCE pool can lie elsewhere."]));
        }

        if (log is not null)
        {
            try
            {
                const string Said = "the kernel's log";
                return (new(DmesgFile.Parse(log, Said, _kernel.Granule.Value).Layout, KnownBy.Log, Said), MachineSource.OfBootLog(log, Said));
            }
            catch (InvalidInputException lacks)
            {
                _remarks.Add($"The kernel's log does not say the memory: {lacks.Message}");
            }
        }

        const string Ranges = "the source's own ranges";
        MemoryLayout all = new();
        foreach (MemorySegment segment in _image.Segments)
        {
            all.Add(segment.Start, segment.End);
        }

        return (new(all, KnownBy.Ranges, Ranges), MachineSource.OfMemory(all, Ranges,
            ["Nothing in memory says which memory the machine has: the source's own ranges are taken, where nothing is known of reservations and no-map memory."]));
    }

    private static MemoryLayout LayoutOf(IReadOnlyList<MemoryRegion> regions)
    {
        MemoryLayout layout = new();
        foreach (MemoryRegion region in regions)
        {
            layout.Add(region.Start, region.End);
            if (region.NoMap)
            {
                layout.MarkNoMap(region.Start, region.End);
            }
        }

        return layout;
    }
}
