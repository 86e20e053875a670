using System.Buffers.Binary;
using Ptewright.Addressing;
using Ptewright.Discovery;
using Ptewright.Fuzz;
using Ptewright.Images;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.Machines;
using Ptewright.Memory;
using Ptewright.Tests.Firmware;
using Ptewright.Tests.Images;
using Ptewright.Translation;

namespace Ptewright.Tests.Discovery;

/// <summary>The machine of a kernel in its memory: what is taken from where, and that nothing that lies there is believed for its own sake.</summary>
public sealed class MachineDiscoveryTests
{
    private static readonly string[] _everything = ["memblock", "boot_args", "initial_boot_params", "saved_command_line", "memstart_addr", "arm64_ftr_regs", "prb"];

    [Fact]
    public void Each_part_is_found_and_says_how_it_is_known()
    {
        using SyntheticMachine machine = new();
        FoundMachine found = machine.Find();
        Assert.Empty(found.Remarks);
        Assert.Equal((KnownBy.DeviceTree, $"the device tree at {machine.TreeAt} (boot_args)"), (found.Memory.By, found.Memory.Evidence));
        Assert.Equal([(machine.Kernel.Start, machine.Kernel.Size)], found.Memory.Value.Memory.Select(region => (region.Start.Value, region.Size)));
        Assert.Equal((machine.TreeAt, KnownBy.Data), (found.DeviceTree!.Value, found.DeviceTree.By));
        Assert.Equal((SyntheticMachine.CommandLine, KnownBy.Data), (found.CommandLine!.Value, found.CommandLine.By));
        Assert.Equal((0x410fd083u, KnownBy.Log), (found.CpuId!.Value, found.CpuId.By));
        Assert.Equal(("cortex-a72", KnownBy.Log), (found.Cpu!.Value.Name, found.Cpu.By));
        Assert.EndsWith("says the same", found.Cpu.Evidence, StringComparison.Ordinal);
        Assert.Equal((machine.Kernel.Place.MemoryStart.Value, KnownBy.Data), (found.MemoryStart!.Value, found.MemoryStart.By));
        Assert.Equal((true, KnownBy.Text), (found.IsRandomized!.Value, found.IsRandomized.By));
        Assert.Equal([(machine.Kernel.Start, machine.Kernel.Size, false)], found.OwnMemory!.Value.Select(region => (region.Start.Value, region.Size, region.NoMap)));
        Assert.Contains("no table of its symbols", found.NoSymbols, StringComparison.Ordinal);
    }

    [Fact]
    public void It_takes_the_place_of_what_is_not_given_and_of_nothing_else()
    {
        using SyntheticMachine machine = new();
        machine.Variables.WriteLog(["Booting Linux on physical CPU 0x0 [0x413fd0c1]"]);
        FoundMachine found = machine.Find("arm64_ftr_regs");
        DescribedMachine described = found.Complete(new MachineDescription()).Read();
        Assert.Equal(("linux-6.12", "neoverse-n1", SyntheticMachine.CommandLine), (described.Profile.Name, described.Machine.Cpu.Name, described.Memory.CommandLine.Text));
        Assert.Equal((machine.TreeAt, (ulong)machine.Tree.Length), described.Machine.DeviceTree);
        Assert.Equal((48, machine.Kernel.Size), (described.Machine.Config.VaBits, described.Memory.Layout.TotalBytes));
        Assert.NotNull(described.Machine.KaslrSeed);

        MachineDescription given = new() { Kernel = KernelProfiles.Find("linux-6.1"), Cpu = CpuModel.Parse("max"), CommandLine = "nokaslr", Source = MachineSource.OfText("1G") };
        described = found.Complete(given).Read();
        Assert.Equal(("linux-6.1", "max", "nokaslr", 1UL << 30), (described.Profile.Name, described.Machine.Cpu.Name, described.Memory.CommandLine.Text, described.Memory.Layout.TotalBytes));
        Assert.Equal(3, found.Contradictions(given).Count);
        Assert.Empty(found.Contradictions(new MachineDescription { Kernel = KernelProfiles.Find("linux-6.12"), Cpu = CpuModel.Parse("neoverse-n1"), CommandLine = SyntheticMachine.CommandLine }));
    }

    [Theory]
    [InlineData("2.6.32-generic", "There is no kernel profile for Linux 2.6.32-generic or near it")]
    [InlineData("mainline", "The kernel in memory does not say its version; name a profile for it.")]
    [InlineData(null, "The kernel in memory does not say its version; name a profile for it.")]
    public void A_kernel_without_a_profile_is_not_taken_for_the_usual_one(string? release, string sentence)
    {
        MachineDescription description = new() { InMemory = new MachineInMemory { Release = release, Source = MachineSource.OfText("1G") } };
        Assert.StartsWith(sentence, Assert.Throws<InvalidInputException>(() => description.Read()).Message, StringComparison.Ordinal);
        Assert.Equal("linux-6.1", (description with { Kernel = KernelProfiles.Find("linux-6.1") }).Read().Profile.Name);
    }

    [Fact]
    public void Without_the_boot_loaders_registers_the_kernels_own_pointer_names_the_tree_and_without_both_it_is_looked_for()
    {
        using SyntheticMachine machine = new();
        Assert.EndsWith("(initial_boot_params)", machine.Find("boot_args").Memory.Evidence, StringComparison.Ordinal);
        FoundMachine found = machine.Find("boot_args", "initial_boot_params");
        Assert.Equal($"the device tree at {machine.TreeAt} (looked for in memory)", found.Memory.Evidence);
        Assert.Equal(machine.TreeAt, found.DeviceTree!.Value);
    }

    [Fact]
    public void A_tree_that_is_looked_for_is_taken_only_if_it_is_one_and_fits_the_kernel()
    {
        using SyntheticMachine machine = new();
        byte[] elsewhere = DtbWriter.Root().Memory(0x8000_0000, 1 << 30).End().Build();
        PhysicalAddress other = machine.Kernel.Image + SyntheticKernel.ImageSize + (2 << 20);
        machine.Kernel.Write(other, elsewhere);
        Assert.Equal(machine.TreeAt, machine.Find("boot_args", "initial_boot_params").DeviceTree!.Value);

        machine.Kernel.Write(other, DtbWriter.Root().Memory(machine.Kernel.Start, 1 << 30).Begin("chosen").Text("bootargs", "quiet").End().End().Build());
        Assert.Equal(machine.TreeAt, machine.Find("boot_args", "initial_boot_params").DeviceTree!.Value);

        machine.Kernel.Write(other, machine.Tree);
        FoundMachine found = machine.Find("boot_args", "initial_boot_params");
        Assert.Null(found.DeviceTree);
        Assert.Contains(found.Remarks, remark => remark.Contains("nothing says which the kernel was given", StringComparison.Ordinal));
        Assert.Equal(KnownBy.Data, found.Memory.By);
    }

    [Fact]
    public void A_tree_that_is_damaged_or_larger_than_the_kernel_takes_is_said_and_not_taken()
    {
        using SyntheticMachine machine = new();
        BinaryPrimitives.WriteUInt32BigEndian(machine.Variables.Block.AsSpan(MachineVariables.TreeAt + DtbWriter.TotalSizeField), 0x7fff_ffff);
        FoundMachine found = machine.Find();
        Assert.Null(found.DeviceTree);
        Assert.Contains(found.Remarks, remark => remark == $"The device tree that the kernel was given at {machine.TreeAt} is not in the source, or damaged.");
        Assert.Equal((KnownBy.Data, "the kernel's own list of memory (memblock)"), (found.Memory.By, found.Memory.Evidence));
        Assert.Contains(found.Complete(new MachineDescription()).Read().Remarks, remark => remark.Contains("memblock", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(16, 0, "has no list memory")]
    [InlineData(16, 129, "has no list memory")]
    [InlineData(16, 0x7fff_ffff_ffff, "has no list memory")]
    [InlineData(40, 0x1234, "is not in the source")]
    [InlineData(48, 0x1234, "has no list memory")]
    [InlineData(32, 4096, "are not as many bytes as it says")]
    [InlineData(MachineVariables.RegionsAt + 8, 0, "is out of order at its region 0")]
    [InlineData(MachineVariables.RegionsAt, 0x40_0000_0000_0000, "is out of order at its region 0")]
    [InlineData(MachineVariables.RegionsAt + 24, 0x4000_0000, "is out of order at its region 1")]
    public void A_list_of_memory_that_lies_is_said_and_not_taken(int at, ulong value, string why)
    {
        using SyntheticMachine machine = new();
        machine.Variables.WriteMemory([(0x4000_0000, 8 << 20, 0), (0x4080_0000, 8 << 20, 1)]);
        machine.Variables.Long(at, value);
        FoundMachine found = machine.Find();
        Assert.Null(found.OwnMemory);
        Assert.Contains(why, Assert.Single(found.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void The_kernels_own_list_is_compared_with_what_a_plan_reckons_with()
    {
        using SyntheticMachine machine = new();
        machine.Variables.WriteMemory([(0x4000_0000, 8 << 20, 0), (0x4080_0000, 8 << 20, 1)]);
        FoundMachine found = machine.Find();
        KernelPlan plan = Plan(found);
        Assert.Null(found.Compare(plan));

        machine.Variables.WriteMemory([(0x4000_0000, 8 << 20, 0), (0x4080_0000, 8 << 20, 4)]);
        found = machine.Find();
        Assert.Equal(
            $"The memory by the device tree at {machine.TreeAt} (boot_args) is 0x40000000-0x41000000; by the kernel's own list of memory (memblock) it is 0x40000000-0x40800000, "
                + "0x40800000-0x41000000 (not mapped). The first is reckoned with.",
            found.Compare(plan));
    }

    [Fact]
    public void Where_only_the_list_is_there_its_no_map_memory_stays_out_of_the_map()
    {
        using SyntheticMachine machine = new([]);
        machine.Variables.WriteMemory([(0x4000_0000, 8 << 20, 0), (0x4080_0000, 4 << 20, 4), (0x40c0_0000, 4 << 20, 0)]);
        FoundMachine found = machine.Find();
        MemoryLayout layout = found.Complete(new MachineDescription()).Read().Memory.Layout;
        Assert.Equal((16UL << 20, 12UL << 20), (layout.TotalBytes, layout.MappedBytes));
    }

    [Fact]
    public void With_nothing_but_the_log_its_ranges_are_taken_and_with_nothing_at_all_those_of_the_source()
    {
        using SyntheticMachine machine = new([]);
        machine.Variables.WriteLog(["Booting Linux on physical CPU 0x0 [0x410fd083]", "Early memory node ranges", "  node   0: [mem 0x0000000040000000-0x0000000040ffffff]"]);
        FoundMachine found = machine.Find([.. _everything.Where(name => name != "prb")]);
        Assert.Equal((KnownBy.Log, 16UL << 20), (found.Memory.By, found.Memory.Value.TotalBytes));

        found = machine.Find(_everything);
        Assert.Equal((KnownBy.Ranges, machine.Kernel.Memory.Segments.Aggregate(0UL, (sum, segment) => sum + segment.Size)), (found.Memory.By, found.Memory.Value.TotalBytes));
        Assert.Equal((null, null, null), (found.CommandLine, found.Cpu, found.CpuId));
        Assert.Contains(found.Complete(new MachineDescription()).Read().Remarks, remark => remark.StartsWith("Nothing in memory says which memory", StringComparison.Ordinal));
    }

    [Fact]
    public void A_log_that_has_gone_round_is_read_from_its_oldest_record_on()
    {
        using SyntheticMachine machine = new([]);
        string[] records = [.. Enumerable.Range(0, 40).Select(i => $"record {i} {new string('x', 30 + (i % 7))}"), "Kernel command line: quiet", "two\nlines"];
        machine.Variables.WriteLog(records, 5);
        Assert.Equal("quiet", machine.Find("saved_command_line").CommandLine!.Value);
    }

    [Fact]
    public void A_record_that_would_lie_across_the_end_of_the_ring_lies_at_its_beginning()
    {
        using SyntheticMachine machine = new([]);
        string filler = new('x', (1 << (MachineVariables.TextBits - 1)) - 22);
        machine.Variables.WriteLog([filler, filler, "Kernel command line: quiet"]);
        Assert.Equal("quiet", machine.Find("saved_command_line").CommandLine!.Value);
    }

    [Theory]
    [InlineData(MachineVariables.RingAt, 23UL)]
    [InlineData(MachineVariables.RingAt + 48, 29UL)]
    [InlineData(MachineVariables.RingAt + 56, 0x1234UL)]
    [InlineData(MachineVariables.RingAt + 8, ulong.MaxValue)]
    [InlineData(MachineVariables.DescriptorsAt + 24, 1UL | (3UL << 62))]
    [InlineData(MachineVariables.DescriptorsAt + 24, 2UL | (2UL << 62))]
    [InlineData(MachineVariables.DescriptorsAt + 24 + 8, 65UL)]
    [InlineData(MachineVariables.DescriptorsAt + 24 + 16, ulong.MaxValue)]
    [InlineData(MachineVariables.TextAt, 7UL)]
    public void A_record_or_a_ring_that_lies_is_passed_over(int at, ulong value)
    {
        using SyntheticMachine machine = new([]);
        machine.Variables.WriteLog(["a", "Kernel command line: quiet"], at == MachineVariables.TextAt ? 1UL : 0);
        if (at == MachineVariables.TextAt)
        {
            // The block of the second record is another one's.
            at += (int)(BinaryPrimitives.ReadUInt64LittleEndian(machine.Variables.Block.AsSpan(MachineVariables.DescriptorsAt + (2 * 24) + 8)) % (1UL << MachineVariables.TextBits));
        }

        Assert.NotNull(machine.Find("saved_command_line").CommandLine);
        machine.Variables.Long(at, value);
        Assert.Null(machine.Find("saved_command_line").CommandLine);
    }

    [Fact]
    public void Command_lines_that_differ_are_said_and_such_that_the_kernel_only_added_to_are_not()
    {
        using SyntheticMachine machine = new(bootArguments: "rodata=off");
        Assert.Empty(machine.Find().Remarks);
        using SyntheticMachine other = new(bootArguments: "nokaslr");
        FoundMachine found = other.Find();
        Assert.Contains("by the device tree", Assert.Single(found.Remarks), StringComparison.Ordinal);
        Assert.Equal(SyntheticMachine.CommandLine, found.CommandLine!.Value);
        Assert.Equal(("nokaslr", KnownBy.DeviceTree), (other.Find("saved_command_line").CommandLine!.Value, other.Find("saved_command_line").CommandLine!.By));
    }

    [Fact]
    public void A_cpu_is_what_the_kernel_noted_of_its_registers()
    {
        using SyntheticMachine machine = new();
        machine.Variables.WriteRegisters([("ID_AA64MMFR0_EL1", 0x0010_1126), ("ID_AA64MMFR1_EL1", 2), ("ID_AA64MMFR2_EL1", 0x1000_0000_0001_0000), ("ID_AA64ISAR0_EL1", 2UL << 56), ("ID_AA64PFR1_EL1", 1)]);
        CpuModel cpu = machine.Find().Cpu!.Value;
        Assert.Equal(("cortex-a72", 52, true, true, true, true, true), (cpu.Name, cpu.PhysicalAddressBits, cpu.HasLva, cpu.HasE0pd, cpu.HasRangeInvalidation, cpu.HasBti, cpu.Has16K));
        Assert.Contains("differs from a cortex-a72", machine.Find().Cpu!.Evidence, StringComparison.Ordinal);

        // Another one, of which nothing is known but that.
        machine.Variables.WriteLog(["Booting Linux on physical CPU 0x0 [0x12345678]"]);
        Assert.Equal(("CPU-12345678", 52), (machine.Find().Cpu!.Value.Name, machine.Find().Cpu!.Value.PhysicalAddressBits));
        Assert.Null(machine.Find("arm64_ftr_regs").Cpu);

        // A size that the architecture does not have.
        machine.Variables.WriteRegisters([("ID_AA64MMFR0_EL1", 0xf)]);
        Assert.Null(machine.Find().Cpu);
    }

    [Fact]
    public void Symbols_of_another_kernel_are_not_used()
    {
        using SyntheticMachine machine = new();
        PhysicalAddress root = machine.Kernel.Swapper;
        FoundKernel kernel = machine.Find().Kernel;
        string map = machine.Variables.SystemMap(machine.Kernel.Image.Value + machine.Kernel.ImageDistance, root.Value + machine.Kernel.ImageDistance + 0x1_0000, 0);
        FoundMachine found = MachineDiscovery.Find(machine.Kernel.Memory, kernel, SystemMap.Parse(map, "System.map"));
        Assert.Contains(found.Remarks, remark => remark.StartsWith("The symbols that are given are not those", StringComparison.Ordinal));
        Assert.Null(found.OwnMemory);
    }

    [Fact]
    public void Pages_that_were_left_out_are_told_from_damaged_ones_and_missed_only_where_they_are_needed()
    {
        using SyntheticMachine machine = new();
        using ForgetfulImage image = new(machine.Kernel.Memory);
        ulong start = machine.Kernel.Image.Value + (3 << 20);
        image.Pages[start] = MemoryPresence.Excluded;
        image.Pages[start + 4096] = MemoryPresence.Excluded;
        image.Pages[start + 8192] = MemoryPresence.Lost;
        FoundMachine found = machine.FindIn(image);
        Assert.Empty(found.Remarks);
        Assert.EndsWith("(2 of its pages are left out of the dump, 1 of its pages are damaged)", found.NoSymbols, StringComparison.Ordinal);
        Assert.Equal(KnownBy.DeviceTree, found.Memory.By);

        image.Pages[machine.TreeAt.Value] = MemoryPresence.Excluded;
        found = machine.FindIn(image);
        Assert.Equal(KnownBy.Data, found.Memory.By);
    }

    [Fact]
    public void Efis_map_is_the_memory_where_its_stub_says_where_it_lies()
    {
        const ulong MapAt = 0x40e0_0000;
        (uint Type, ulong Start, ulong Pages, ulong Attributes)[] map = [(7, 0x4000_0000, 0xd00, 8), (6, 0x40d0_0000, 0x100, 8 | (1UL << 63)), (2, 0x40e0_0000, 0x200, 8), (11, 0x0900_0000, 1, 1)];
        byte[] tree = DtbWriter.Root().Begin("chosen").Text("bootargs", SyntheticMachine.CommandLine)
            .Numbers("linux,uefi-system-table", 0x40ff_0000).Numbers("linux,uefi-mmap-start", MapAt).Cells("linux,uefi-mmap-size", (uint)map.Length * 48)
            .Cells("linux,uefi-mmap-desc-size", 48).Cells("linux,uefi-mmap-desc-ver", 1).End().End().Build();
        using SyntheticMachine machine = new(tree);
        byte[] bytes = new byte[map.Length * 48];
        for (int i = 0; i < map.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * 48), map[i].Type);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan((i * 48) + 8), map[i].Start);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan((i * 48) + 24), map[i].Pages);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan((i * 48) + 32), map[i].Attributes);
        }

        machine.Kernel.Write(new PhysicalAddress(MapAt), bytes);
        machine.Variables.WriteLog(["efi: MEMATTR=0x40f00018 INITRD=0x40f01000"]);
        byte[] attributes = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(attributes.AsSpan(4), 100);
        BinaryPrimitives.WriteUInt32LittleEndian(attributes.AsSpan(8), 48);
        machine.Kernel.Write(new PhysicalAddress(0x40f0_0018), attributes);
        byte[] disk = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(disk, 0x4090_0000);
        BinaryPrimitives.WriteUInt64LittleEndian(disk.AsSpan(8), 0x1000);
        machine.Kernel.Write(new PhysicalAddress(0x40f0_1000), disk);

        FoundMachine found = machine.Find();
        Assert.Equal((KnownBy.EfiMap, $"the EFI memory map at 0x40e00000, which the device tree at {machine.TreeAt} (boot_args) names"), (found.Memory.By, found.Memory.Evidence));
        DescribedMachine described = found.Complete(new MachineDescription()).Read();
        Assert.Equal(
            [(0x4000_0000UL, 0xd0_0000UL, false), (0x40d0_0000UL, 0x10_0000UL, true), (0x40e0_0000UL, 0x20_0000UL, false)],
            described.Memory.Layout.Memory.Select(region => (region.Start.Value, region.Size, region.NoMap)));
        Assert.Equal([(MapAt, 4096UL), (0x40f0_0018UL, 16UL + 4800)], described.Memory.Layout.Reserved.Select(region => (region.Start.Value, region.Size)));
        Assert.Equal((new PhysicalAddress(0x4090_0000), 0x1000UL), described.Machine.InitialRamdisk);

        // A map that lies is not taken; then the kernel's own list is.
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), ulong.MaxValue);
        machine.Kernel.Write(new PhysicalAddress(MapAt), bytes);
        Assert.Equal(KnownBy.Data, machine.Find().Memory.By);
    }

    [Fact]
    public void A_seed_that_is_not_known_is_one_that_puts_the_map_where_the_kernel_says()
    {
        KernelProfile profile = KernelProfiles.Find("linux-6.12");
        KernelConfig config = profile.ReadDefaultConfig().WithShape(GranuleSize.Size4K, 52);
        KernelMachine machine = new(MemoryLayout.OfRange(new PhysicalAddress(0x4000_0000), 1 << 30), CpuModel.Parse("cortex-a72"), config, KernelCommandLine.Empty);
        HashSet<ulong> starts = [];
        for (ulong seed = 1; seed < 0x1_0000; seed += 257)
        {
            ulong start = profile.Plan(machine with { KaslrSeed = seed }, KernelScope.MapMem).Plan.MemoryStart.Value;
            ulong found = profile.SeedFor(machine, start);
            Assert.NotEqual(0UL, found);
            Assert.Equal(start, profile.Plan(machine with { KaslrSeed = found }, KernelScope.MapMem).Plan.MemoryStart.Value);
            _ = starts.Add(start);
        }

        Assert.InRange(starts.Count, 100, 300);

        // No seed leads there: then it is not fitted, and the difference shows.
        Assert.Equal(1UL << 16, profile.SeedFor(machine, 0x1234));
        Assert.Equal(1UL << 16, profile.SeedFor(machine, null));
    }

    private static KernelPlan Plan(FoundMachine found)
    {
        DescribedMachine described = found.Complete(new MachineDescription()).Read();
        return described.Profile.Plan(described.Machine, KernelScope.MapMem);
    }
}
