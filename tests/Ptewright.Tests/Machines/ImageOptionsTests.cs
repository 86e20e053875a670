using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.Machines;
using Ptewright.Tests.Kernels;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Tests.Machines;

/// <summary>What a kernel's image shows of its configuration, and how each option is said to be known.</summary>
public sealed class ImageOptionsTests
{
    private const ulong Text = 0xffff_8000_0800_0000;

    private static byte[] Image(int length = 0x1000)
    {
        byte[] image = new byte[length];
        image[24] = 0xa;
        "ARM\u0064"u8.CopyTo(image.AsSpan(56));
        return image;
    }

    private static KernelSymbols Symbols(params (string Name, ulong Place)[] symbols) => SystemMap.Parse(
        string.Join('\n', symbols.Append(("_text", 0UL)).Append(("start_kernel", 4UL)).Select(symbol => string.Create(CultureInfo.InvariantCulture, $"{Text + symbol.Item2:x16} T {symbol.Item1}"))), "map");

    private static KernelOption? See(string option, byte[] image, KernelSymbols symbols, string? version = null)
    {
        KernelOption[] found = [.. ImageOptions.See(image, symbols, version is null ? null : LinuxVersion.TryParse(version, out LinuxVersion parsed) ? parsed : null).Where(seen => seen.Name == option)];
        return found.Length == 0 ? null : Assert.Single(found);
    }

    [Theory]
    [InlineData("KFENCE", "__kfence_alloc")]
    [InlineData("KVM", "kvm_arch_vcpu_load")]
    [InlineData("RANDOMIZE_BASE", "kaslr_init")]
    [InlineData("UNMAP_KERNEL_AT_EL0", "map_entry_trampoline")]
    [InlineData("DEBUG_PAGEALLOC", "early_debug_pagealloc")]
    [InlineData("KEXEC_CORE", "machine_kexec")]
    [InlineData("CMA", "cma_alloc")]
    [InlineData("ARM64_E0PD", "cpu_enable_e0pd")]
    public void An_option_is_set_just_where_its_function_is_there(string option, string function)
    {
        Assert.Equal(new KernelOption(option, "y", $"function {function}"), See(option, Image(), Symbols((function, 64))));
        Assert.Equal(new KernelOption(option, null, $"no function {function}"), See(option, Image(), Symbols()));
    }

    [Fact]
    public void A_table_without_the_first_function_of_a_kernel_says_nothing()
    {
        Assert.Empty(ImageOptions.See(Image(), SystemMap.Parse("ffff800008000000 T _text\nffff800008001000 T kvm_arch_vcpu_load", "map"), null));
        Assert.Empty(ImageOptions.See(Image(), SystemMap.Parse("ffff800008001000 T start_kernel", "map"), null));
    }

    [Fact]
    public void Zones_have_names_in_the_image_where_any_have()
    {
        byte[] image = Image();
        Assert.Null(See("ZONE_DMA", image, Symbols()));
        "pgalloc_dma32\0pgalloc_normal\0"u8.CopyTo(image.AsSpan(256));
        Assert.Equal(new KernelOption("ZONE_DMA", null, "no text pgalloc_dma"), See("ZONE_DMA", image, Symbols()));
        Assert.Equal(new KernelOption("ZONE_DMA32", "y", "text pgalloc_dma32"), See("ZONE_DMA32", image, Symbols()));
    }

    [Fact]
    public void A_variable_begins_with_the_value_of_its_option()
    {
        byte[] image = Image();
        image[0x200] = 100;
        KernelSymbols symbols = Symbols(("kfence_sample_interval", 0x200), ("rodata_full", 0x208), ("_debug_pagealloc_enabled_early", 0x1000));
        Assert.Equal(new KernelOption("KFENCE_SAMPLE_INTERVAL", "100", "variable kfence_sample_interval"), See("KFENCE_SAMPLE_INTERVAL", image, symbols));
        Assert.Equal(new KernelOption("RODATA_FULL_DEFAULT_ENABLED", null, "variable rodata_full"), See("RODATA_FULL_DEFAULT_ENABLED", image, symbols, "6.12.1"));
        image[0x208] = 1;
        Assert.Equal("y", See("RODATA_FULL_DEFAULT_ENABLED", image, symbols, "6.17.0")!.Value.Value);

        // The option is gone there; what lies behind the file begins as zero, but not because of an option.
        Assert.Null(See("RODATA_FULL_DEFAULT_ENABLED", image, symbols, "6.18.0"));
        Assert.Null(See("DEBUG_PAGEALLOC_ENABLE_DEFAULT", image, symbols));
    }

    [Fact]
    public void Soft_reservation_is_where_its_question_is_asked()
    {
        byte[] image = Image();
        KernelSymbols symbols = Symbols(("__efi_soft_reserve_enabled", 0x100));
        Assert.Equal(new KernelOption("EFI_SOFT_RESERVE", null, "no call of __efi_soft_reserve_enabled"), See("EFI_SOFT_RESERVE", image, symbols));
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(0x180), 0x97ff_ffe0); // bl .-0x80
        Assert.Equal(new KernelOption("EFI_SOFT_RESERVE", "y", "calls of __efi_soft_reserve_enabled"), See("EFI_SOFT_RESERVE", image, symbols));
        Assert.Null(See("EFI_SOFT_RESERVE", image, Symbols()));
    }

    [Theory]
    [InlineData(1200, true, "most functions begin with BTI")]
    [InlineData(20, false, "few functions begin with BTI")]
    [InlineData(200, null, null)]
    public void Landing_pads_are_where_most_functions_begin_with_one(int pads, bool? isSet, string? known)
    {
        byte[] image = Image(0x1_0000);
        List<(string, ulong)> symbols = [("_stext", 0x1000), ("_etext", 0xf000)];
        for (int i = 0; i < 1300; i++)
        {
            int at = 0x1000 + (i * 32);
            symbols.Add(($"f{i}", (ulong)at));

            // Behind the words that tracing patches.
            BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(at + 8), i < pads ? 0xd503_245fu : 0xd503_233f);
        }

        Assert.Equal(known is null ? null : new KernelOption("ARM64_BTI_KERNEL", isSet == true ? "y" : null, known), See("ARM64_BTI_KERNEL", image, Symbols([.. symbols])));
    }

    [Theory]
    [InlineData(0xd538_0740, true)]
    [InlineData(0xd65f_03c0, false)]
    [InlineData(0x5280_0000, false)]
    [InlineData(0xd503_245f, false)]
    [InlineData(0xd503_201f, false)]
    public void A_function_that_only_returns_no_is_none(uint word, bool expected)
    {
        // nop; the word; ret
        byte[] image = Image();
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(0x100), 0xd503_201f);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(0x104), word);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(0x108), 0xd65f_03c0);
        Assert.Equal(expected, ImageOptions.SeeWideAddresses(image, Symbols(("__cpu_secondary_check52bitva", 0x100)), null, out string known));
        Assert.Equal("function __cpu_secondary_check52bitva", known);
        Assert.Equal(
            expected ? new KernelOption("ARM64_LPA2", "y", "function has_lpa2") : new KernelOption("ARM64_LPA2", null, "empty function has_lpa2"), See("ARM64_LPA2", image, Symbols(("has_lpa2", 0x100))));
        Assert.Equal(new KernelOption("ARM64_LPA2", null, "no function has_lpa2"), See("ARM64_LPA2", image, Symbols()));
        Assert.Null(See("ARM64_LPA2", image, Symbols(("has_lpa2", 0x10_0000))));
        Assert.Null(See("ARM64_LPA2", image, Symbols(("has_lpa2", 0x200))));
    }

    [Fact]
    public void Addresses_of_52_bits_have_a_name_from_6_9_on()
    {
        byte[] image = Image();
        LinuxVersion version = new(6, 9);
        "52-bit Virtual Addressing for KVM (LPA2)"u8.CopyTo(image.AsSpan(0x200));
        Assert.False(ImageOptions.SeeWideAddresses(image, Symbols(), version, out string known));
        Assert.Equal("no text 52-bit Virtual Addressing", known);
        Assert.Null(ImageOptions.SeeWideAddresses(image, Symbols(), new LinuxVersion(6, 8), out _));
        Assert.Null(ImageOptions.SeeWideAddresses(image, Symbols(("__cpu_secondary_check52bitva", 0x10_0000)), null, out _));
        "52-bit Virtual Addressing (LVA)"u8.CopyTo(image.AsSpan(0x300));
        Assert.True(ImageOptions.SeeWideAddresses(image, Symbols(), version, out _));
    }

    [Fact]
    public void What_the_image_shows_takes_the_place_of_what_is_usual_and_the_rest_is_said()
    {
        byte[] image = Image();
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(0x100), 0xd65f_03c0);
        List<string> remarks = [];
        KernelConfig usual = KernelProfiles.Find("linux-6.12").ReadDefaultConfig();
        Assert.True(usual is { VaBits: 52, Kvm: true, Kfence: true });
        Assert.All(usual.Deciding, option => Assert.True(option.IsAssumed));

        // Linked for 48 bits, and later CPUs are not asked for 52.
        KernelConfig config = ImageShape.Apply(usual, KernelFile.Parse(image, "vmlinuz"), Symbols(("__cpu_secondary_check52bitva", 0x100), ("kvm_arch_vcpu_load", 0x300), ("cma_alloc", 0x304)), remarks);
        Assert.True(config is { Granule: GranuleSize.Size4K, VaBits: 48, PaBits: 48, Lpa2: false, Kvm: true, Kfence: false, Cma: true });
        Assert.Equal(["The configuration is what the image shows, as 4K pages and 48 bits of address; a distribution's of that version for RODATA_FULL_DEFAULT_ENABLED, ZONE_DMA, ZONE_DMA32, CMA_AREAS."], remarks);
        Dictionary<string, KernelOption> deciding = config.Deciding.ToDictionary(option => option.Name);
        Assert.Equal(new KernelOption("ARM64_4K_PAGES", "y", "the image's header"), deciding["ARM64_4K_PAGES"]);
        Assert.Equal(new KernelOption("ARM64_VA_BITS", "48", "where it is linked, function __cpu_secondary_check52bitva"), deciding["ARM64_VA_BITS"]);
        Assert.Equal(new KernelOption("ARM64_PA_BITS", "48", "no function has_lpa2"), deciding["ARM64_PA_BITS"]);
        Assert.Equal(new KernelOption("CMA_AREAS", "20", KernelOption.Usual), deciding["CMA_AREAS"]);

        // Without KFENCE its numbers say nothing.
        Assert.DoesNotContain("KFENCE_NUM_OBJECTS", deciding.Keys);
    }

    [Fact]
    public void A_configuration_that_is_not_the_images_is_said()
    {
        byte[] image = Image();
        KernelSymbols symbols = Symbols(("cma_alloc", 0x304));
        List<string> remarks = [];
        KernelConfig shown = ImageShape.Apply(KernelProfiles.Find("linux-6.1").ReadDefaultConfig(), KernelFile.Parse(image, "vmlinuz"), symbols, []);
        ImageShape.Compare(shown, KernelFile.Parse(image, "vmlinuz"), symbols, remarks);
        Assert.Empty(remarks);

        KernelConfig given = shown.With([new KernelOption("KVM", "y", "config"), new KernelOption("CMA", null, "config")]);
        ImageShape.Compare(given, KernelFile.Parse(image, "vmlinuz"), symbols, remarks);
        Assert.Equal(
            ["The configuration that is given is not the image's: KVM y there, not set in the image (no function kvm_arch_vcpu_load); CMA not set there, y in the image (function cma_alloc). What is given counts."],
            remarks);
    }

    [Theory]
    [InlineData("vmlinuz-6.1.0-56-cloud-arm64", "config-6.1-cloud")]
    [InlineData("vmlinuz-6.12.117+deb12-cloud-arm64", "config-6.12-cloud")]
    [InlineData("vmlinuz-6.12.117+deb12-arm64-16k", "config-6.12-16k")]
    [Trait("Category", "Slow")]
    public void A_real_kernels_image_shows_its_configuration(string kernel, string configuration)
    {
        string path = Path.Combine(Environment.GetEnvironmentVariable("PTEWRIGHT_KERNELS") ?? string.Empty, kernel);
        Assert.SkipUnless(File.Exists(path), $"There is no {kernel}.");
        KernelFile file = KernelFile.Read(path);
        KernelConfig real = KernelConfig.Read(SampleKernels.PathOf("config", configuration));
        KernelConfig shown = ImageShape.Apply(KernelProfiles.For(file.FindVersion()!.Value).Profile.ReadDefaultConfig(), file, file.ReadSymbols(), []);
        KernelOption[] seen = [.. shown.Deciding.Where(option => !option.IsAssumed)];
        Assert.True(seen.Length >= 24, $"{seen.Length} seen");

        // The stored pieces of the configurations lack two, which both kernels have set.
        Assert.All(seen.Where(option => option.Name is not ("ARM64_MTE" or "ARM64_HW_AFDBM")), option => Assert.Equal((option.Name, real[option.Name]), (option.Name, option.Value)));
    }
}
