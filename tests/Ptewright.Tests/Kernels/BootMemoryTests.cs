using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Tests.Kernels;

/// <summary>What of a machine's memory a kernel keeps, and where its linear map starts. Linux: <c>arm64_memblock_init</c>.</summary>
public sealed class BootMemoryTests
{
    private const ulong GiB = 1UL << 30;
    private static readonly KernelProfile _kernel = KernelProfiles.Find("linux-6.12");

    [Fact]
    public void What_lies_above_the_physical_addresses_of_the_tables_is_cut_off()
    {
        KernelPlan plan = Plan(Machine((1UL << 48) - GiB, 2 * GiB));
        Assert.Contains("Memory from 0x1000000000000 to 0x1000040000000 is cut off: the kernel has 48 bits of physical address.", plan.Remarks);
        Assert.Equal([new MemoryRegion(new((1UL << 48) - GiB), new(1UL << 48), false)], plan.Memory.Memory);
        Assert.Equal((1UL << 48) - GiB, plan.Plan.MemoryStart.Value);

        Assert.DoesNotContain(Plan(Machine((1UL << 48) - GiB, GiB)).Remarks, remark => remark.Contains("cut off", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_memory_there_is_no_plan() => Assert.Equal(
        "There is no memory.", Assert.Throws<InvalidInputException>(() => Plan(Machine(1UL << 48, GiB))).Message);

    // 39 bits: the linear map is the lower half of the kernel's 512 GiB.
    [Fact]
    public void What_the_linear_map_does_not_reach_is_cut_off_at_the_top()
    {
        KernelPlan plan = Plan(Narrow());
        Assert.Contains("Memory from 0x4040000000 to 0x5040000000 is cut off: the kernel has a linear map of 256 GiB.", plan.Remarks);
        Assert.Equal([new MemoryRegion(new(GiB), new(2 * GiB), false)], plan.Memory.Memory);
        Assert.Equal(GiB, plan.Plan.MemoryStart.Value);
        Assert.Equal([0xffff_ff80_0000_0000UL], plan.Plan.Requests.Select(request => request.Virtual.Value));
    }

    [Fact]
    public void With_the_image_above_that_the_map_moves_up_and_what_is_below_is_lost()
    {
        PhysicalAddress at = new(0x50_0020_0000);
        KernelPlan plan = Plan(Narrow() with { Place = new ImagePlace(at, at, at + 0x100_0000, at + 0x200_0000) });

        // Up to the image's end; 256 GiB below that, rounded up to 1 GiB.
        Assert.Contains("Memory from 0x5002200000 to 0x5040000000 is cut off: the kernel has a linear map of 256 GiB.", plan.Remarks);
        Assert.Contains("Memory below 0x1040000000 is cut off: the linear map has to reach the kernel's image.", plan.Remarks);
        Assert.Equal([new MemoryRegion(new(0x50_0000_0000), new(0x50_0220_0000), false)], plan.Memory.Memory);
        Assert.Equal(0x10_4000_0000UL, plan.Plan.MemoryStart.Value);
        Assert.Equal(0xffff_ff80_0000_0000 + 0x50_0000_0000 - 0x10_4000_0000, plan.Plan.Requests.Min(request => request.Virtual.Value));
    }

    [Theory]
    [InlineData("64M@0x40000000", 0x4000_0000, 0x0400_0000, true)]
    [InlineData("64M@0x40000000", 0x4000_0000, 0x0401_0000, false)]
    [InlineData("64M@0x40010000", 0x4000_0000, 0x0100_0000, false)]
    [InlineData("64M@0x40000000,!1M@0x40100000", 0x4000_0000, 0x0200_0000, true)] // Memory that is not mapped is memory.
    [InlineData("16M@0x40000000,16M@0x42000000", 0x4000_0000, 0x0300_0000, false)] // A hole of 16 MiB.
    [InlineData("16M@0x40000000,16M@0x41000000", 0x4080_0000, 0x0100_0000, true)]
    public void An_image_lies_in_memory_with_all_of_its_bytes(string memory, ulong start, ulong size, bool fits)
    {
        PhysicalAddress at = new(start);
        KernelMachine machine = Machine(GiB, GiB) with { Memory = MemorySpec.Parse(memory), Place = new ImagePlace(at, at, at + 0x10_0000, at + size) };
        if (fits)
        {
            Assert.Equal([new MemoryRegion(at, at + size, false)], Plan(machine).Memory.Reserved);
        }
        else
        {
            Assert.Equal(
                $"The kernel's image from 0x{start:x} to 0x{start + size:x} does not lie in memory that the kernel can use.", Assert.Throws<InvalidInputException>(() => Plan(machine)).Message);
        }
    }

    // mem=: whole pages from the bottom.
    [Theory]
    [InlineData("mem=256M", 256UL << 20)]
    [InlineData("mem=0x10000fff", 256UL << 20)]
    [InlineData("mem=1G", GiB)]
    [InlineData("mem=0x40001000", GiB)]
    [InlineData("mem=4095", GiB)] // No page at all is no limit.
    [InlineData("mem=0", GiB)]
    public void A_limit_keeps_so_many_bytes_of_memory(string word, ulong bytes) =>
        Assert.Equal(bytes, Plan(Machine(GiB, GiB) with { CommandLine = KernelCommandLine.Parse($"nokaslr {word}") }).Memory.MappedBytes);

    [Fact]
    public void A_limit_counts_over_holes()
    {
        KernelMachine machine = Machine(GiB, GiB) with { Memory = MemorySpec.Parse("64M@0x40000000,64M@0x50000000,64M@0x60000000"), CommandLine = KernelCommandLine.Parse("nokaslr mem=96M") };
        Assert.Equal(
            [new MemoryRegion(new(0x4000_0000), new(0x4400_0000), false), new MemoryRegion(new(0x5000_0000), new(0x5200_0000), false)], Plan(machine).Memory.Memory);
    }

    // The page tables' own bits that KASLR needs: nG, unless EL0 cannot probe the kernel's half (E0PD). Linux: kaslr_requires_kpti.
    [Theory]
    [InlineData("cortex-a72", "", 1UL, "", true)]
    [InlineData("max", "", 1UL, "", false)]
    [InlineData("max", "", 1UL, "CONFIG_ARM64_E0PD", true)]
    [InlineData("cortex-a72", "", 1UL, "CONFIG_RANDOMIZE_BASE", false)]
    [InlineData("cortex-a72", "", 1UL, "CONFIG_UNMAP_KERNEL_AT_EL0", false)]
    [InlineData("cortex-a72", "nokaslr", 1UL, "", false)]
    [InlineData("cortex-a72", "", 0UL, "", false)]
    [InlineData("cortex-a72", "", null, "", false)]
    public void Mappings_are_not_global_where_KASLR_could_be_seen_through(string cpu, string commandLine, ulong? seed, string without, bool isNonGlobal)
    {
        KernelMachine machine = Machine(GiB, GiB) with { Cpu = CpuModel.Find(cpu), CommandLine = KernelCommandLine.Parse(commandLine), KaslrSeed = seed };
        machine = without.Length == 0 ? machine : machine with { Config = KernelConfig.Parse(_kernel.DefaultConfig.Replace($"{without}=y\n", string.Empty, StringComparison.Ordinal), "test") };
        Assert.All(Plan(machine).Plan.Requests, request => Assert.Equal(isNonGlobal, (request.Protection.PageBits & (1UL << 11)) != 0));
    }

    // The seed's lower 16 bits choose among the places that the linear map leaves: (range / align * seed) >> 16 steps of 1 GiB down. 48 bits of linear map less 44 of the CPU.
    [Theory]
    [InlineData(0x0000UL, 0UL)]
    [InlineData(0x0001UL, (((1UL << 47) - (1UL << 44)) >> 30) >> 16)]
    [InlineData(0x8000UL, (((1UL << 47) - (1UL << 44)) >> 30) / 2)]
    [InlineData(0xffffUL, ((((1UL << 47) - (1UL << 44)) >> 30) * 0xffff) >> 16)]
    [InlineData(0x1234_0000UL, 0UL)]
    public void A_seed_moves_the_start_of_the_linear_map(ulong seed, ulong steps)
    {
        KernelMachine machine = Machine(GiB, GiB) with { CommandLine = KernelCommandLine.Empty, KaslrSeed = seed };
        machine = machine with { Config = machine.Config.WithShape(GranuleSize.Size4K, 48) };
        ulong start = unchecked(GiB - (steps << 30));
        Assert.Equal(start, Plan(machine).Plan.MemoryStart.Value);
        Assert.Equal(GiB, KernelProfiles.Find("linux-6.18").Plan(machine, KernelScope.MapMem).Plan.MemoryStart.Value);
    }

    private static KernelMachine Machine(ulong start, ulong size) => new(
        MemoryLayout.OfRange(new(start), size), CpuModel.Find("cortex-a72"), _kernel.ReadDefaultConfig().WithShape(GranuleSize.Size4K, 48), KernelCommandLine.Parse("nokaslr"));

    // 1 GiB at 1 GiB, and another at 320 GiB.
    private static KernelMachine Narrow()
    {
        KernelMachine machine = Machine(GiB, GiB);
        MemoryLayout memory = MemoryLayout.OfRange(new(GiB), GiB);
        memory.Add(new(0x50_0000_0000), new(0x50_4000_0000));
        return machine with { Memory = memory, Config = machine.Config.WithShape(GranuleSize.Size4K, 39) };
    }

    private static KernelPlan Plan(KernelMachine machine) => _kernel.Plan(machine, KernelScope.MapMem);
}
