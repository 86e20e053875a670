using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Fuzz;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Machines;
using Ptewright.Simulation;
using Ptewright.Tests.Kernels;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Tests.Machines;

/// <summary>A machine and its kernel from files and options, in a few lines.</summary>
public class MachineDescriptionTests
{
    private static readonly string _iomem = SampleKernels.PathOf("iomem", "dt-2g-crash-6.12.txt");
    private static readonly string _log = SampleKernels.PathOf("dmesg", "capture-6.1.log");
    private static readonly string _tree = SampleKernels.PathOf("dtb", "virt-2g.dtb");
    private static readonly string _symbols = SampleKernels.PathOf("symbols", "System.map-6.12-cloud");
    private static readonly string _config = SampleKernels.PathOf("config", "config-6.12-cloud");

    [Fact]
    public void Files_become_a_plan_a_build_and_a_recording()
    {
        MachineDescription description = new()
        {
            Source = MachineSource.OfIomem(_iomem),
            Kernel = KernelProfiles.Find("linux-6.12"),
            Cpu = CpuModel.Parse("max"),
            Symbols = _symbols,
            Config = _config,
            CommandLine = "nokaslr",
        };

        DescribedMachine described = description.Read();
        KernelPlan plan = described.Plan();
        using LinearMapSimulation simulation = new(plan.Plan, described.Machine.Cpu.HasRangeInvalidation);
        BuildResult result = simulation.Build(plan.Strategy.Options);
        RecordedBuild build = RecordedBuild.Record(plan.Plan, plan.Strategy, described.Machine.Cpu.HasRangeInvalidation);

        // The image lies where /proc/iomem says that its kernel lay.
        Assert.Equal("linux-6.12 on max, memory dt-2g-crash-6.12.txt", described.Name);
        Assert.Equal(new PhysicalAddress(0x4020_0000), described.Machine.Image!.Base);
        Assert.Contains(plan.Plan.Requests, request => request.Flags == MapFlags.NoContiguous && request.Physical.Value == 0x4020_0000);
        Assert.Equal(1023UL, result.Counts.Tlbi);
        Assert.Equal(result.Statistics, build.Result.Statistics);
    }

    [Fact]
    public void A_kernels_file_says_its_version_its_symbols_and_its_pages()
    {
        string path = Path.GetTempFileName();
        try
        {
            byte[] image = KallsymsImage.Build(KallsymsOrder.AddressesLast, KallsymsForm.Base, isBaseWritten: true, isListed: true, 0xffff_c000_8000_0000);
            image[24] = 0xc; // 16K
            File.WriteAllBytes(path, [.. image, .. "Linux version 6.12.117 (sample)"u8]);
            DescribedMachine described = new MachineDescription { Source = MachineSource.OfText("2G@0x40000000"), Cpu = CpuModel.Parse("max"), ImageFile = path, CommandLine = "nokaslr" }.Read();
            Assert.Equal(("linux-6.12", GranuleSize.Size16K), (described.Profile.Name, described.Machine.Config.Granule));
            Assert.Equal((0x4020_0000UL, 0xffff_c000_8009_0000), (described.Machine.Image!.Base.Value, described.Machine.Image.SwapperTable.Value));
            Assert.Contains("Nothing says where the image lies: 0x40200000 is taken, where QEMU would load it.", described.Remarks);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_configuration_in_the_image_counts_more_than_a_distributions_and_what_is_asked_for_most(bool isAskedFor)
    {
        string path = Path.GetTempFileName();
        try
        {
            byte[] image = KallsymsImage.Build(KallsymsOrder.AddressesLast, KallsymsForm.Base, isBaseWritten: true, isListed: true);
            byte[] text = PackedKernels.Gzip("CONFIG_ARM64=y\nCONFIG_ARM64_4K_PAGES=y\nCONFIG_ARM64_VA_BITS=48\nCONFIG_ARM64_PA_BITS=48\nCONFIG_CMA=y\nCONFIG_CMA_AREAS=3\n"u8.ToArray());
            File.WriteAllBytes(path, [.. image, .. "Linux version 6.12.117 (sample)\0IKCFG_ST"u8, .. text, .. "IKCFG_ED"u8]);
            MachineDescription description = new() { Source = MachineSource.OfText("2G@0x40000000"), ImageFile = path, VirtualAddressBits = isAskedFor ? 39 : null };
            Dictionary<string, KernelOption> options = description.Read().Machine.Config.Deciding.ToDictionary(option => option.Name);
            string held = $"the configuration in {Path.GetFileName(path)}";
            Assert.Equal(new KernelOption("CMA_AREAS", "3", held), options["CMA_AREAS"]);
            Assert.Equal(isAskedFor ? new KernelOption("ARM64_VA_BITS", "39", "asked for") : new KernelOption("ARM64_VA_BITS", "48", held), options["ARM64_VA_BITS"]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void An_image_base_that_is_given_counts_more_than_what_a_file_says()
    {
        MachineDescription description = new() { Source = MachineSource.OfIomem(_iomem), Symbols = _symbols, ImageBase = new PhysicalAddress(0x5000_0000) };

        Assert.Equal(new PhysicalAddress(0x5000_0000), description.Read().Machine.Image!.Base);
        Assert.Equal(new PhysicalAddress(0x6000_0000), (description with { ImageBase = null }).Read(_ => new PhysicalAddress(0x6000_0000)).Machine.Image!.Base);
    }

    [Fact]
    public void A_boot_log_says_kernel_cpu_and_command_line_and_each_is_a_remark()
    {
        DescribedMachine described = new MachineDescription { Source = MachineSource.OfBootLog(_log) }.Read();

        Assert.Equal(("linux-6.1", "cortex-a72"), (described.Profile.Name, described.Machine.Cpu.Name));
        Assert.True(described.Machine.CommandLine.NoKaslr);
        Assert.Contains(described.Remarks, remark => remark.StartsWith("The kernel is that of the log, Linux 6.1.", StringComparison.Ordinal));
        Assert.Contains(described.Remarks, remark => remark.StartsWith("The CPU is that of the log, cortex-a72", StringComparison.Ordinal));
        Assert.Contains(described.Remarks, remark => remark.StartsWith("The command line is that of the log", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_given_takes_the_place_of_what_a_log_says()
    {
        DescribedMachine described = new MachineDescription
        {
            Source = MachineSource.OfBootLog(_log),
            Kernel = KernelProfiles.Find("linux-6.12"),
            Cpu = CpuModel.Parse("neoverse-n1"),
            CommandLine = "rodata=on",
        }.Read();

        Assert.Equal(("linux-6.12", "neoverse-n1", false), (described.Profile.Name, described.Machine.Cpu.Name, described.Machine.CommandLine.NoKaslr));
        Assert.DoesNotContain(described.Remarks, remark => remark.Contains("of the log", StringComparison.Ordinal));
    }

    // It may be a pipe, and is needed twice: for the kernel, and with the kernel's page size for the memory.
    [Fact]
    public void A_boot_log_is_read_once()
    {
        string path = Path.GetTempFileName();
        File.Copy(_log, path, overwrite: true);
        MachineSource source = MachineSource.OfBootLog(path);
        MachineDescription description = new() { Source = source };
        DescribedMachine first = description.Read();
        File.Delete(path);

        Assert.Equal(first.Memory.Layout.MappedBytes, description.Read().Memory.Layout.MappedBytes);
    }

    [Fact]
    public void A_booted_machine_has_the_tree_and_the_command_line_that_it_got()
    {
        Assert.True(LinuxVersion.TryParse("6.12.57-test", out LinuxVersion version));
        BootedMachine booted = new(_tree, version, (new PhysicalAddress(0x4800_0000), 0x10000));
        DescribedMachine described = new MachineDescription { Booted = booted, Source = MachineSource.OfText("1G"), CommandLine = "mem=64M" }.Read();

        Assert.Equal(("linux-6.12.57", "QEMU's device tree", 2UL << 30), (described.Profile.Name, described.Memory.Name, described.Memory.Layout.TotalBytes));
        Assert.Null(described.Machine.CommandLine.MemoryLimit);
        Assert.Equal(booted.Tree, described.Machine.DeviceTree);
        Assert.Contains("does not say its version", Refusal<InvalidInputException>(new MachineDescription { Booted = booted with { Version = null } }), StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_by_hand_go_with_a_tree_without()
    {
        MachineSource source = MachineSource.OfDeviceTree(SampleKernels.PathOf("dtb", "without-size.dtb"), "2G");
        MachineMemory memory = new MachineDescription { Source = source }.Read().Memory;

        Assert.Equal(("2G with without-size.dtb", false, 2UL << 30), (memory.Name, memory.IsFile, memory.Layout.TotalBytes));
    }

    [Fact]
    public void Memory_alone_takes_nothing_of_a_kernel_from_its_source()
    {
        MachineMemory memory = MachineSource.OfDeviceTree(_tree).ReadAlone(TableSizes.Geometry(GranuleSize.Size4K, 48));

        Assert.Equal((2UL << 30, string.Empty), (memory.Layout.TotalBytes, memory.CommandLine.Text));
        Assert.Null(memory.KaslrSeed);
        Assert.NotNull(new MachineDescription { Source = MachineSource.OfDeviceTree(_tree) }.Read().Machine.KaslrSeed);
    }

    [Fact]
    public void Sizes_take_the_place_of_the_configurations()
    {
        DescribedMachine described = new MachineDescription { Source = MachineSource.OfText("1G"), Granule = GranuleSize.Size16K, VirtualAddressBits = 47 }.Read();

        Assert.Equal((GranuleSize.Size16K, 47), (described.Machine.Config.Granule, described.Machine.Config.VaBits));
    }

    [Fact]
    public void What_does_not_go_together_is_refused_as_a_request()
    {
        MachineDescription memory = new() { Source = MachineSource.OfText("1G") };

        Assert.Contains("without its symbols", Refusal<InvalidRequestException>(memory with { ImageBase = new PhysicalAddress(0x4020_0000) }), StringComparison.Ordinal);
        Assert.Contains("nothing says where it lies", Refusal<InvalidRequestException>(memory with { Symbols = _symbols }), StringComparison.Ordinal);
        Assert.Contains("which memory", Refusal<InvalidRequestException>(new MachineDescription()), StringComparison.Ordinal);
        Assert.Contains("There are no 42-bit virtual addresses with 4K pages; there are 4K 39,", Refusal<InvalidRequestException>(memory with { VirtualAddressBits = 42 }), StringComparison.Ordinal);
    }

    private static string Refusal<T>(MachineDescription description)
        where T : InvalidInputException => Assert.Throws<T>(() => description.Read()).Message;

    [Fact]
    public void Options_that_memory_shows_say_so_and_others_are_usual()
    {
        DescribedMachine described = new MachineDescription
        {
            Source = MachineSource.OfText("1G"),
            InMemory = new MachineInMemory
            {
                Kernel = Ptewright.Kernels.Versions.KernelProfiles.For("6.12.118"),
                Granule = GranuleSize.Size16K,
                GranuleKnown = "the structure of the tables",
                BuiltBits = 47,
            },
            Cpu = Ptewright.Kernels.Cpus.CpuModel.Find("max"),
        }.Read();
        Dictionary<string, Ptewright.Kernels.Configuration.KernelOption> options = described.Machine.Config.Deciding.ToDictionary(option => option.Name);
        Assert.Equal(("y", "the structure of the tables"), (options["ARM64_16K_PAGES"].Value, options["ARM64_16K_PAGES"].Known));
        Assert.Equal(("47", true), (options["ARM64_VA_BITS"].Value, options["ARM64_VA_BITS"].IsAssumed));
    }
}
