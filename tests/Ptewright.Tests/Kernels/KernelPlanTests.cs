using System.Text;
using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.Kernels;

/// <summary>What a plan says besides its mappings: remarks, the shape of the tables, the order of the steps, the bits of the registers.</summary>
public sealed class KernelPlanTests
{
    private const ulong GiB = 1UL << 30;

    [Theory]
    [InlineData("cortex-a72", GranuleSize.Size16K, "16K")]
    [InlineData("apple-m1", GranuleSize.Size64K, "64K")]
    public void A_kernel_whose_pages_the_CPU_does_not_have_does_not_start(string cpu, GranuleSize granule, string name) => Assert.Equal(
        $"CPU {cpu} has no {name} pages, so a kernel with {name} pages does not start on it.",
        Assert.Throws<InvalidInputException>(() => Plan("linux-6.12", cpu, config => config.WithShape(granule, 48))).Message);

    [Theory]
    [InlineData("cortex-a72", GranuleSize.Size4K)]
    [InlineData("cortex-a72", GranuleSize.Size64K)]
    [InlineData("apple-m1", GranuleSize.Size4K)]
    [InlineData("apple-m1", GranuleSize.Size16K)]
    public void A_kernel_with_pages_that_the_CPU_has_starts_though_it_has_not_all(string cpu, GranuleSize granule) =>
        Assert.Equal(granule, Plan("linux-6.12", cpu, config => config.WithShape(granule, 48)).Geometry.Granule);

    // swapper_pg_dir of Debian's 6.12 lies at _text + 0x1879000: a multiple of 4 KiB only.
    [Theory]
    [InlineData(GranuleSize.Size4K, false)]
    [InlineData(GranuleSize.Size64K, true)]
    public void Symbols_of_a_kernel_with_other_pages_are_noted(GranuleSize granule, bool isNoted)
    {
        KernelMachine machine = SampleKernels.Machine("6.12-cloud", "cortex-a72", MemoryLayout.OfRange(new(GiB), GiB), "nokaslr");
        KernelPlan plan = SampleKernels.Profile("6.12-cloud").Plan(machine with { Config = machine.Config.WithShape(granule, 48) }, KernelScope.MapMem);
        Assert.Equal(isNoted, plan.Remarks.Contains("The symbols are those of a kernel with other pages: its root table is not aligned to 64K."));
    }

    [Theory]
    [InlineData(KernelScope.MapMem, ".")]
    [InlineData(KernelScope.PagingInit, ", and what paging_init maps of the image besides its alias is left out.")]
    public void A_place_without_symbols_is_noted_with_what_it_costs(KernelScope scope, string end)
    {
        PhysicalAddress at = new(0x4020_0000);
        KernelPlan plan = Plan("linux-6.1", "cortex-a72", scope: scope, change: machine => machine with { Place = new ImagePlace(at, at, at + 0x10000, at + 0x20000) });
        Assert.Contains(
            $"Where the image lies is known, but without the kernel's symbols not where in it the root table does: here the root lies outside memory{end}", plan.Remarks);
    }

    [Theory]
    [InlineData("6.1-cloud", 0x0001_0000, 0x0139_0000)] // From _stext on.
    [InlineData("6.12-cloud", 0x0000_0000, 0x0188_0000)] // From _text on.
    public void The_read_only_alias_ends_where_the_code_of_boot_begins(string kernel, ulong start, ulong end)
    {
        KernelMachine machine = SampleKernels.Machine(kernel, "cortex-a72", MemoryLayout.OfRange(new(GiB), GiB), "nokaslr");
        Assert.Equal((SampleKernels.ImageBase + start, SampleKernels.ImageBase + end), SampleKernels.Profile(kernel).ReadOnlyAlias(machine.Image!));
        Assert.Equal((SampleKernels.ImageBase + start, SampleKernels.ImageBase + end), SampleKernels.Profile(kernel).ReadOnlyAlias(machine));
    }

    [Fact]
    public void Linux_6_1_maps_the_image_the_memory_and_the_identity_map_in_that_order()
    {
        KernelMachine machine = SampleKernels.Machine("6.1-cloud", "cortex-a72", MemoryLayout.OfRange(new(GiB), GiB), "nokaslr rodata=on");
        KernelPlan plan = SampleKernels.Profile("6.1-cloud").Plan(machine, KernelScope.PagingInit);
        Assert.Equal(
            "OpenRoot paging_init, Map map_kernel x5, LinkFixmap map_kernel, Map map_mem, CloseRoot paging_init, ReplaceRoot cpu_replace_ttbr1, Map create_idmap x2",
            Runs(plan.Plan.Steps.Where(step => step.Phase != PlanPhase.LinearMap || step.Request.Physical == new PhysicalAddress(GiB)).Select(step => $"{step.Kind} {PlanPhases.NameOf(step.Phase)}")));
        Assert.All(plan.Plan.Steps, step => Assert.Equal(step.Phase == PlanPhase.IdentityMap ? PlanRoot.Identity : PlanRoot.Kernel, step.Root));
    }

    // crashkernel= with a DMA zone: the memory is chosen later, so banks are single pages (until 6.2). Without one it is reserved before.
    [Theory]
    [InlineData("crashkernel=64M", "", false, false)]
    [InlineData("crashkernel=64M", "CONFIG_ZONE_DMA", false, false)]
    [InlineData("crashkernel=64M", "CONFIG_ZONE_DMA32", false, false)]
    [InlineData("crashkernel=64M", "CONFIG_ZONE_DMA CONFIG_ZONE_DMA32", true, true)]
    [InlineData("crashkernel=64M", "CONFIG_KEXEC_CORE", true, false)]
    [InlineData("", "", true, false)]
    [InlineData("", "CONFIG_ZONE_DMA CONFIG_ZONE_DMA32", true, false)]
    public void A_crash_kernel_forbids_blocks_of_Linux_6_1_where_DMA_zones_put_it_off(string word, string without, bool hasBlocks, bool isNoted)
    {
        KernelPlan plan = Plan("linux-6.1", "cortex-a72", commandLine: $"nokaslr rodata=on {word}", without: without);
        Assert.Equal(hasBlocks, plan.Blocks.Allowed);
        Assert.Equal(!hasBlocks, plan.Blocks.Reasons.Any(reason => reason.StartsWith("crashkernel= is on the command line", StringComparison.Ordinal)));
        Assert.Equal(isNoted, plan.Remarks.Contains("Without DMA zones the crash kernel's memory is reserved before the linear map and mapped apart; that is not planned."));
    }

    // Linux until 6.8 has addresses of 52 bits with 64K pages only.
    [Theory]
    [InlineData("linux-6.1", GranuleSize.Size64K, 52, 52)]
    [InlineData("linux-6.1", GranuleSize.Size64K, 48, 48)]
    [InlineData("linux-6.1", GranuleSize.Size4K, 48, 48)]
    [InlineData("linux-6.12", GranuleSize.Size64K, 52, 52)]
    [InlineData("linux-6.12", GranuleSize.Size4K, 52, 52)]
    [InlineData("linux-6.12", GranuleSize.Size4K, 48, 48)]
    [InlineData("linux-6.12", GranuleSize.Size16K, 52, 52)]
    public void Descriptors_hold_as_many_bits_as_the_kernel_is_built_for(string profile, GranuleSize granule, int bits, int output) =>
        Assert.Equal(output, Plan(profile, "max", config => (granule == GranuleSize.Size64K && bits == 48 ? Narrow(config) : config).WithShape(granule, bits)).Plan.Settings.Format.AddressBits);

    [Theory]
    [InlineData("linux-6.12", GranuleSize.Size4K, 48, null, 52)]
    [InlineData("linux-6.12", GranuleSize.Size4K, 52, null, 52)]
    [InlineData("linux-6.12", GranuleSize.Size4K, 39, null, 39)] // A kernel for 52 bits falls back to 48.
    [InlineData("linux-6.12", GranuleSize.Size4K, 48, 48, 48)]
    [InlineData("linux-6.12", GranuleSize.Size16K, 47, null, 52)]
    [InlineData("linux-6.12", GranuleSize.Size64K, 48, null, 52)]
    [InlineData("linux-6.12", GranuleSize.Size64K, 42, null, 42)]
    [InlineData("linux-6.1", GranuleSize.Size4K, 48, null, 48)]
    [InlineData("linux-6.1", GranuleSize.Size64K, 48, null, 48)]
    [InlineData("linux-6.1", GranuleSize.Size64K, 48, 52, 52)]
    public void The_shape_behind_tables_is_what_the_kernel_is_usually_built_for(string profile, GranuleSize granule, int actual, int? given, int built)
    {
        TableGeometry geometry = KernelProfiles.Find(profile).ListingGeometry(granule, actual, given);
        Assert.Equal((built, actual, granule), (geometry.VirtualAddressBits, geometry.ActualVirtualAddressBits, geometry.Granule));
    }

    [Fact]
    public void A_shape_that_no_kernel_has_is_said() => Assert.Equal(
        "No kernel of linux-6.1 is built for 52-bit addresses with 4K pages and uses 48 bits, as these tables do.",
        Assert.Throws<InvalidInputException>(() => KernelProfiles.Find("linux-6.1").ListingGeometry(GranuleSize.Size4K, 48, 52)).Message);

    // MTE: TBI1 (38) and TCMA1 (58 is not set at boot; TBID1 52). HA (39). NFD1 (54), which KASLR wants. Each by its own option and no other bit.
    [Theory]
    [InlineData("ARM64_MTE", (1UL << 38) | (1UL << 52))]
    [InlineData("ARM64_HW_AFDBM", 1UL << 39)]
    [InlineData("RANDOMIZE_BASE", 1UL << 54)]
    [InlineData("ARM64_E0PD", 0UL)]
    public void An_option_is_exactly_its_bits_of_TCR(string option, ulong bits)
    {
        ulong with = Tcr(string.Empty);
        Assert.Equal(bits, with & bits);
        Assert.Equal(with ^ bits, Tcr($"CONFIG_{option}"));

        static ulong Tcr(string without)
        {
            KernelProfile profile = KernelProfiles.Find("linux-6.1");
            KernelMachine machine = Machine(profile, "cortex-a76", "nokaslr", without);
            return KernelRegisters.Of(machine, profile.Plan(machine, KernelScope.MapMem), new PhysicalAddress(0x4000_0000)).Tcr;
        }
    }

    [Theory]
    [InlineData("CONFIG_KFENCE=y\nCONFIG_KFENCE_SAMPLE_INTERVAL=100\nCONFIG_KFENCE_NUM_OBJECTS=255\n", 100UL, 255UL)]
    [InlineData("CONFIG_KFENCE=y\n", 0UL, 0UL)]
    [InlineData("CONFIG_KFENCE_SAMPLE_INTERVAL=100\nCONFIG_KFENCE_NUM_OBJECTS=255\n", 0UL, 0UL)] // What is left over of an option that is off.
    public void KFENCE_has_its_numbers_only_where_it_is_configured(string options, ulong interval, ulong objects)
    {
        KernelConfig config = KernelConfig.Parse($"CONFIG_ARM64=y\nCONFIG_ARM64_4K_PAGES=y\nCONFIG_ARM64_VA_BITS=47\nCONFIG_ARM64_PA_BITS=52\n{options}", "test");
        Assert.Equal((interval, objects, 47, 52), (config.KfenceSampleInterval, config.KfenceNumObjects, config.VaBits, config.PaBits));
    }

    // What CMA's memory is aligned to, by pageblock_order: 2^9 pages of 4K, 2^11 of 16K, 2^13 of 64K; 5.15 takes the allocator's largest block, 2^10 pages of 4K.
    [Theory]
    [InlineData("linux-6.12", GranuleSize.Size4K, "", 2UL << 20)]
    [InlineData("linux-6.12", GranuleSize.Size16K, "", 32UL << 20)]
    [InlineData("linux-6.12", GranuleSize.Size64K, "", 512UL << 20)]
    [InlineData("linux-6.12", GranuleSize.Size4K, "CONFIG_HUGETLB_PAGE CONFIG_TRANSPARENT_HUGEPAGE", 4UL << 20)]
    [InlineData("linux-6.12", GranuleSize.Size4K, "CONFIG_HUGETLB_PAGE", 2UL << 20)]
    [InlineData("linux-6.12", GranuleSize.Size4K, "CONFIG_CMA", 0UL)]
    [InlineData("linux-6.1", GranuleSize.Size4K, "", 2UL << 20)]
    [InlineData("linux-6.1", GranuleSize.Size4K, "CONFIG_HUGETLB_PAGE", 4UL << 20)]
    [InlineData("linux-5.15-azure", GranuleSize.Size4K, "", 4UL << 20)]
    public void CMA_is_aligned_to_the_blocks_that_the_page_allocator_moves(string profile, GranuleSize granule, string without, ulong alignment)
    {
        KernelProfile kernel = KernelProfiles.Find(profile);
        KernelConfig config = Machine(kernel, "max", "", without).Config.WithShape(granule, 48);
        Assert.Equal(alignment, kernel.ReservationRules(config, KernelCommandLine.Empty).CmaAlignment);
    }

    [Theory]
    [InlineData("cortex-a72+bti", "bti")]
    [InlineData("cortex-a72+e0pd", "e0pd")]
    [InlineData("cortex-a72+lpa2", "lpa2")]
    [InlineData("cortex-a72+lva", "lva")]
    [InlineData("cortex-a72+tlbirange", "tlbirange")]
    [InlineData("cortex-a72+bbml2", "bbml2")]
    [InlineData("cortex-a72+lva+lpa2", "lpa2 lva")]
    [InlineData("cortex-a72", "")]
    public void Each_feature_that_is_added_is_that_feature_and_no_other(string text, string features)
    {
        CpuModel cpu = CpuModel.Parse(text);
        (string Name, bool Has)[] has =
        [
            ("bbml2", cpu.SplitsBlocksSince is not null), ("bti", cpu.HasBti), ("e0pd", cpu.HasE0pd), ("lpa2", cpu.HasLpa2), ("lva", cpu.HasLva), ("tlbirange", cpu.HasRangeInvalidation),
        ];
        Assert.Equal(features, string.Join(' ', has.Where(feature => feature.Has).Select(feature => feature.Name)));
        Assert.Equal((features.Contains("lva", StringComparison.Ordinal), features == "lpa2 lva"), (cpu.Translates52(GranuleSize.Size64K), cpu.Translates52(GranuleSize.Size4K)));
        Assert.Equal(
            "There is no feature 'sve' to add to a CPU; there are bbml2, bti, e0pd, lpa2, lva, tlbirange.", Assert.Throws<InvalidInputException>(() => CpuModel.Parse($"{text}+sve")).Message);
    }

    [Theory]
    [InlineData("mem=0xABCDEF0000", 0xab_cdef_0000UL)]
    [InlineData("mem=0xabcdef0000", 0xab_cdef_0000UL)]
    [InlineData("mem=0XBDF", 0xbdfUL)]
    [InlineData("mem=1234567890", 1234567890UL)]
    [InlineData("mem=0777", 0x1ffUL)]
    [InlineData("\"mem=64M", 64UL << 20)] // A quote that is not closed.
    [InlineData("mem=\"64M\"", 64UL << 20)]
    public void Numbers_are_read_as_the_kernel_reads_them(string commandLine, ulong limit) => Assert.Equal(limit, KernelCommandLine.Parse(commandLine).MemoryLimit);

    [Theory]
    [InlineData("\"quiet\"", "quiet")]
    [InlineData("\"quiet", "quiet")]
    [InlineData("quiet\"", "quiet\"")]
    [InlineData("\"a b\" c", "a b|c")]
    [InlineData("a=\"b c\" d", "a=b c|d")]
    [InlineData("\"a=b c\" d", "a=b c|d")]
    [InlineData("=a", "=a")]
    [InlineData("a -- b", "a")]
    public void Words_are_taken_apart_as_the_kernel_takes_them_apart(string commandLine, string words) => Assert.Equal(
        words, string.Join('|', CommandLineSyntax.Split(commandLine, out _).Select(parameter => parameter.Value is null ? parameter.Name : $"{parameter.Name}={parameter.Value}")));

    [Theory]
    [InlineData("cma=64M", true)]
    [InlineData("cma=0", true)]
    [InlineData("cma=0xfffffffffffffffe", true)]
    [InlineData("cma=0xffffffffffffffff", false)] // All ones is what the kernel takes for "not given".
    [InlineData("cma", false)]
    [InlineData("", false)]
    public void A_size_of_CMA_is_given_unless_it_is_all_ones(string commandLine, bool isGiven) => Assert.Equal(isGiven, KernelCommandLine.Parse(commandLine).HasCma);

    [Theory]
    [InlineData("rodata", null)]
    [InlineData("rodat", "rodata")]
    [InlineData("rodataa", "rodata")]
    [InlineData("rodeta", "rodata")]
    [InlineData("rdoata", "rodata")] // Two letters changed places,
    [InlineData("rdoatx", null)] // and one more is wrong.
    [InlineData("rodatxx", null)]
    [InlineData("roda", null)]
    [InlineData("RODATA", "rodata")]
    public void A_word_is_near_another_by_one_letter(string word, string? near) => Assert.Equal(near, NearWord.Find(word, ["rodata"]));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    public void Symbols_out_of_order_are_no_kernels(int index)
    {
        string[] names = ["_text", "_stext", "_etext", "__start_rodata", "__init_begin", "__inittext_begin", "__inittext_end", "__initdata_begin", "__initdata_end", "__init_end", "_data", "_end"];
        StringBuilder text = new();
        for (int i = 0; i < names.Length; i++)
        {
            _ = text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{0xffff_8000_8000_0000 + (ulong)(i == index ? (0x10000 * i) - 0x10001 : 0x10000 * i):x} T {names[i]}\n");
        }

        foreach (string name in new[] { "__idmap_text_start", "__idmap_text_end", "swapper_pg_dir", "idmap_pg_dir", "reserved_pg_dir" })
        {
            _ = text.Append(System.Globalization.CultureInfo.InvariantCulture, $"ffff800080010000 T {name}\n");
        }

        Assert.Equal(
            $"map: symbol '{names[index]}' lies below '{names[index - 1]}', so this is no arm64 kernel.",
            Assert.Throws<InvalidInputException>(() => SystemMap.Parse(text.ToString(), "map").ImageAt(SampleKernels.ImageBase)).Message);
    }

    // MIDR_EL1: implementer 31:24, variant 23:20, architecture 19:16 (15), part 15:4, revision 3:0.
    [Theory]
    [InlineData(0x000f_0510, "max")] // QEMU.
    [InlineData(0x410f_d034, "cortex-a53")]
    [InlineData(0x410f_d042, "cortex-a35")]
    [InlineData(0x412f_d050, "cortex-a55")]
    [InlineData(0x411f_d072, "cortex-a57")]
    [InlineData(0x410f_d083, "cortex-a72")]
    [InlineData(0x410f_d092, "cortex-a73")]
    [InlineData(0x413f_d0a1, "cortex-a75")]
    [InlineData(0x414f_d0b1, "cortex-a76")]
    [InlineData(0x413f_d0c1, "neoverse-n1")]
    [InlineData(0x411f_d0d0, "cortex-a77")]
    [InlineData(0x411f_d402, "neoverse-v1")]
    [InlineData(0x411f_d411, "cortex-a78")]
    [InlineData(0x412f_d470, "cortex-a710")]
    [InlineData(0x410f_d490, "neoverse-n2")]
    [InlineData(0x410f_d4f0, "neoverse-v2")]
    [InlineData(0x410f_d840, "neoverse-v3")]
    [InlineData(0x611f_0221, "apple-m1")] // Its small cores,
    [InlineData(0x611f_0231, "apple-m1")] // and its large ones.
    [InlineData(0xc00f_ac30, "ampere-1")]
    [InlineData(0x420f_d034, null)] // The same part of somebody else.
    [InlineData(0x410f_d020, null)]
    public void A_CPU_is_known_by_its_main_ID_register(uint register, string? name) => Assert.Equal(name, MainIdRegister.NameOf(register));

    [Fact]
    public void Each_profile_says_which_Linux_it_is()
    {
        Assert.Equal(
            ["linux-5.10", "linux-5.15-azure", "linux-6.1", "linux-6.12", "linux-6.16", "linux-6.17", "linux-6.18", "linux-6.19", "linux-7.0", "linux-7.1", "linux-7.2", "linux-7.3"],
            KernelProfiles.All.Select(profile => profile.Name));
        Assert.All(KernelProfiles.All, profile => Assert.StartsWith($"Linux {profile.Name.Split('-')[1]}", profile.Summary, StringComparison.Ordinal));
    }

    // As runs of equal words.
    private static string Runs(IEnumerable<string> steps)
    {
        List<(string Text, int Count)> runs = [];
        foreach (string step in steps)
        {
            if (runs.Count > 0 && runs[^1].Text == step)
            {
                runs[^1] = (step, runs[^1].Count + 1);
            }
            else
            {
                runs.Add((step, 1));
            }
        }

        return string.Join(", ", runs.Select(run => run.Count == 1 ? run.Text : $"{run.Text} x{run.Count}"));
    }

    private static KernelConfig Narrow(KernelConfig config) => config.WithShape(GranuleSize.Size4K, 48);

    private static KernelMachine Machine(KernelProfile profile, string cpu, string commandLine, string without)
    {
        string text = profile.DefaultConfig + "\n";
        foreach (string option in without.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            text = text.Replace($"{option}=y\n", string.Empty, StringComparison.Ordinal);
        }

        return new KernelMachine(MemoryLayout.OfRange(new(GiB), GiB), CpuModel.Find(cpu), KernelConfig.Parse(text, "test"), KernelCommandLine.Parse(commandLine));
    }

    private static KernelPlan Plan(
        string profile,
        string cpu,
        Func<KernelConfig, KernelConfig>? shape = null,
        string commandLine = "nokaslr",
        string without = "",
        KernelScope scope = KernelScope.MapMem,
        Func<KernelMachine, KernelMachine>? change = null)
    {
        KernelProfile kernel = KernelProfiles.Find(profile);
        KernelMachine machine = Machine(kernel, cpu, commandLine, without);
        machine = machine with { Config = shape?.Invoke(machine.Config) ?? machine.Config };
        return kernel.Plan(change?.Invoke(machine) ?? machine, scope);
    }
}
