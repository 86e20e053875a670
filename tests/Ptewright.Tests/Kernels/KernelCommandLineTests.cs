using Ptewright.Addressing;
using Ptewright.Kernels.Configuration;

namespace Ptewright.Tests.Kernels;

/// <summary>What a kernel understands of its command line. Each rule is the kernel's function that the test names.</summary>
public class KernelCommandLineTests
{
    // lib/cmdline.c: next_arg.
    [Theory]
    [InlineData("", "")]
    [InlineData("  \t\n ", "")]
    [InlineData("quiet", "[quiet]")]
    [InlineData("  a=1   b=2 c ", "[a]=[1] [b]=[2] [c]")]
    [InlineData("a=\tb=", "[a]=[] [b]=[]")]
    [InlineData("a=b=c", "[a]=[b=c]")]
    [InlineData("a=\"b c\" d", "[a]=[b c] [d]")]
    [InlineData("\"a=b c\" d", "[a]=[b c] [d]")]
    [InlineData("\"a b\" c", "[a b] [c]")]
    [InlineData("a\"b c\"d e", "[a\"b c\"d] [e]")]
    [InlineData("a=\"b c", "[a]=[b c]")]
    [InlineData("a=\"", "[a]=[]")]
    [InlineData("a=b\"", "[a]=[b\"]")]
    [InlineData("a=\"b\"c\"", "[a]=[b\"c]")]
    [InlineData("\"a=\"b\"\"", "[a]=[b\"]")]
    [InlineData("=a b", "[=a] [b]")]
    [InlineData("=a=b", "[=a]=[b]")]
    [InlineData("a\u00a0b", "[a] [b]")]
    public void Words_are_taken_apart_as_in_linux(string text, string words)
    {
        IReadOnlyList<KernelParameter> parameters = KernelCommandLine.Parse(text).Parameters;

        Assert.Equal(words, string.Join(' ', parameters.Select(one => one.Value is null ? $"[{one.Name}]" : $"[{one.Name}]=[{one.Value}]")));
    }

    // kernel/params.c: parse_args.
    [Theory]
    [InlineData("mem=1G -- mem=2G quiet", 1UL << 30, "mem=2G quiet")]
    [InlineData("mem=1G \"--\" mem=2G", 1UL << 30, "mem=2G")]
    [InlineData("mem=1G --mem=2G -- ", 1UL << 30, "")]
    [InlineData("--= mem=1G", 1UL << 30, "")]
    public void What_stands_behind_two_dashes_is_not_for_the_kernel(string text, ulong limit, string rest)
    {
        KernelCommandLine line = KernelCommandLine.Parse(text);

        Assert.Equal((limit, rest), (line.MemoryLimit, line.InitArguments));
    }

    // lib/cmdline.c: memparse, lib/vsprintf.c: simple_strtoull.
    [Theory]
    [InlineData("0", 0)]
    [InlineData("4096", 4096)]
    [InlineData("4K", 4096)]
    [InlineData("4k", 4096)]
    [InlineData("3M", 3UL << 20)]
    [InlineData("512m", 512UL << 20)]
    [InlineData("64G", 64UL << 30)]
    [InlineData("2t", 2UL << 40)]
    [InlineData("1P", 1UL << 50)]
    [InlineData("1e", 1UL << 60)]
    [InlineData("0x1000", 0x1000)]
    [InlineData("0X10G", 16UL << 30)]
    [InlineData("0x10e", 0x10e)]
    [InlineData("010", 8)]
    [InlineData("010K", 8192)]
    [InlineData("08", 0)]
    [InlineData("0x", 0)]
    [InlineData("0xg", 0)]
    [InlineData("", 0)]
    [InlineData("G", 0)]
    [InlineData("abc", 0)]
    [InlineData("-1", 0)]
    [InlineData("1GB", 1UL << 30)]
    [InlineData("1G@0x40000000", 1UL << 30)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    [InlineData("18446744073709551616", 0)]
    [InlineData("18446744073709551617K", 1024)]
    [InlineData("0x4000000000000001G", 1UL << 30)]
    public void Sizes_are_read_as_in_linux(string text, ulong bytes) => Assert.Equal(bytes, KernelCommandLine.Parse($"mem={text}").MemoryLimit);

    // arch/arm64/mm/init.c: early_mem.
    [Fact]
    public void The_last_limit_of_memory_counts_and_one_without_value_is_ignored()
    {
        KernelCommandLine line = KernelCommandLine.Parse("mem=1G mem=2G mem");

        Assert.Equal(2UL << 30, line.MemoryLimit);
        Assert.Equal(["Option 'mem' needs a value, and a kernel ignores it without."], line.Remarks);
    }

    // kernel/params.c: parameq.
    [Fact]
    public void Dashes_and_underscores_of_names_are_the_same()
    {
        KernelCommandLine line = KernelCommandLine.Parse("debug-pagealloc=on kfence.sample-interval=5 mem-=1G");

        Assert.Equal((true, 5, null), (line.DebugPagealloc, line.KfenceSampleInterval, line.MemoryLimit));
        Assert.Equal(["mem-"], line.Others.Select(other => other.Name));
    }

    // lib/kstrtox.c: kstrtobool, through early_debug_pagealloc and parse_kpti.
    [Theory]
    [InlineData("on", true)]
    [InlineData("ON", true)]
    [InlineData("1", true)]
    [InlineData("y", true)]
    [InlineData("Yes", true)]
    [InlineData("true", true)]
    [InlineData("off", false)]
    [InlineData("oFf", false)]
    [InlineData("0", false)]
    [InlineData("no", false)]
    [InlineData("False", false)]
    [InlineData("10", true)]
    [InlineData("o", null)]
    [InlineData("enable", null)]
    [InlineData("2", null)]
    [InlineData("", null)]
    public void Switches_are_read_as_in_linux(string text, bool? expected)
    {
        KernelCommandLine line = KernelCommandLine.Parse($"debug_pagealloc={text} kpti={text}");

        Assert.Equal((expected, expected), (line.DebugPagealloc, line.Kpti));
        Assert.Equal(expected is null ? 2 : 0, line.Remarks.Count);
    }

    [Fact]
    public void A_switch_that_is_not_understood_leaves_the_one_before()
    {
        KernelCommandLine line = KernelCommandLine.Parse("debug_pagealloc=on debug_pagealloc=maybe kpti=off kpti");

        Assert.Equal((true, false), (line.DebugPagealloc, line.Kpti));
        Assert.Equal(
            [
                "Value 'maybe' of option 'debug_pagealloc' is not one that a kernel understands, and is ignored.",
                "Option 'kpti' needs a value, and a kernel ignores it without.",
            ],
            line.Remarks);
    }

    // arch/arm64/mm/mmu.c: parse_kfence_early_init, lib/cmdline.c: get_option.
    [Theory]
    [InlineData("kfence.sample_interval=0", 0)]
    [InlineData("kfence.sample_interval=100", 100)]
    [InlineData("kfence.sample_interval=0x64", 100)]
    [InlineData("kfence.sample_interval=-1", -1)]
    [InlineData("kfence.sample_interval=100ms", 100)]
    [InlineData("kfence.sample_interval=4294967296", 0)]
    [InlineData("kfence.sample_interval=100 kfence.sample_interval=0", 0)]
    [InlineData("kfence.sample_interval=100 kfence.sample_interval=never", 100)]
    [InlineData("kfence.sample_interval=", null)]
    [InlineData("kfence.sample_interval=-", null)]
    [InlineData("kfence.sample_interval", null)]
    [InlineData("quiet", null)]
    public void The_interval_of_kfence_is_an_integer(string text, int? interval) =>
        Assert.Equal(interval, KernelCommandLine.Parse(text).KfenceSampleInterval);

    // asm/setup.h: arch_parse_debug_rodata, in 6.12 and in 6.18.
    [Theory]
    [InlineData("", RodataMode.On, RodataMode.On)]
    [InlineData("rodata=full", RodataMode.Full, RodataMode.On)]
    [InlineData("rodata=on", RodataMode.On, RodataMode.Full)]
    [InlineData("rodata=noalias", RodataMode.On, RodataMode.On)]
    [InlineData("rodata=off", RodataMode.Off, RodataMode.Off)]
    [InlineData("rodata=off rodata=full", RodataMode.Full, RodataMode.Off)]
    [InlineData("rodata=full rodata=off", RodataMode.Off, RodataMode.Off)]
    [InlineData("rodata=off rodata=noalias", RodataMode.Off, RodataMode.On)]
    [InlineData("rodata=off rodata=OFF rodata=on1", RodataMode.Off, RodataMode.Off)]
    [InlineData("rodata=off rodata", RodataMode.Off, RodataMode.Off)]
    public void What_becomes_read_only_is_the_last_word_that_the_kernel_knows(string text, RodataMode before618, RodataMode since618)
    {
        KernelCommandLine line = KernelCommandLine.Parse(text);

        Assert.Equal(before618, line.FindRodata(RodataWords.FullOnOff)?.Mode ?? RodataMode.On);
        Assert.Equal(since618, line.FindRodata(RodataWords.OnNoaliasOff)?.Mode ?? RodataMode.On);
    }

    // kernel/cpu.c: mitigations_parse_cmdline.
    [Theory]
    [InlineData("mitigations=off", true)]
    [InlineData("mitigations=auto", false)]
    [InlineData("mitigations=off mitigations=auto,nosmt", false)]
    [InlineData("mitigations=off mitigations=on", true)]
    [InlineData("", null)]
    public void Mitigations_are_off_only_if_said(string text, bool? expected) => Assert.Equal(expected, KernelCommandLine.Parse(text).MitigationsOff);

    // kernel/crash_reserve.c: parse_crashkernel. Size, base, high, low.
    [Theory]
    [InlineData("crashkernel=256M", "10000000")]
    [InlineData("quiet crashkernel=256M@0x60000000 nokaslr", "10000000 @60000000")]
    [InlineData("crashkernel=256M@0", "10000000")]
    [InlineData("crashkernel=256M@1G,what", "10000000 @40000000")]
    [InlineData("crashkernel=256M@", "10000000")]
    [InlineData("crashkernel=100", "64")]
    [InlineData("crashkernel=1G,high", "40000000 high")]
    [InlineData("crashkernel=1G,high crashkernel=64M,low", "40000000 high low 4000000")]
    [InlineData("crashkernel=64M,low crashkernel=1G,high", "40000000 high low 4000000")]
    [InlineData("crashkernel=1G,high crashkernel=0,low", "40000000 high low 0")]
    [InlineData("crashkernel=64M,low", null)]
    [InlineData("crashkernel=1G,high crashkernel=256M", "10000000")]
    [InlineData("crashkernel=256M crashkernel=1G,high", "10000000")]
    [InlineData("crashkernel=256M crashkernel=512M", "20000000")]
    [InlineData("crashkernel=256M crashkernel=auto", null)]
    [InlineData("crashkernel=1G,high crashkernel=bad,low", null)]
    [InlineData("crashkernel=1G,high,high", null)]
    [InlineData("crashkernel=1Gb,high", null)]
    [InlineData("crashkernel=256M,cma", null)]
    [InlineData("crashkernel=256MB", null)]
    [InlineData("crashkernel=", null)]
    [InlineData("crashkernel", null)]
    [InlineData("crashkernel=0", null)]
    [InlineData("crashkernel=4G", null)]
    [InlineData("crashkernel=4095M", "fff00000")]
    [InlineData("crashkernel=1G-:128M", "8000000")]
    [InlineData("crashkernel=1G-4G:128M,4G-64G:256M", "10000000")]
    [InlineData("crashkernel=1G-4096M:128M,64G-:256M", null)]
    [InlineData("crashkernel=0-2G:64M,2G-:256M@512M", "10000000 @20000000")]
    [InlineData("crashkernel=0-2G:64M,2G-:256M,8G-:1G@512M", "10000000 @20000000")]
    [InlineData("crashkernel=0-2G:64M,2G-:256M@", null)]
    [InlineData("crashkernel=2G-1G:64M", null)]
    [InlineData("crashkernel=2G:64M", null)]
    [InlineData("crashkernel=2G-x:64M", null)]
    [InlineData("crashkernel=-2G:64M", null)]
    [InlineData("crashkernel=0-1G:4G,1G-:64M", null)]
    [InlineData("crashkernel=1G-:", null)]
    [InlineData("notcrashkernel=256M", "10000000")]
    [InlineData("\"crashkernel=256M\"", null)]
    [InlineData("quiet -- crashkernel=256M", "10000000")]
    public void A_crash_kernel_is_asked_for_as_in_linux(string text, string? expected)
    {
        CrashKernelRequest? request = KernelCommandLine.Parse(text).FindCrashKernel(4UL << 30);

        string at = request?.Base is { } start ? $" @{start.Value:x}" : "";
        string low = request?.LowSize is { } size ? $" low {size:x}" : "";
        Assert.Equal(expected, request is null ? null : $"{request.Size:x}{at}{(request.IsHigh ? " high" : "")}{low}");
    }

    // The kernel rounds memory up to 128 MiB before it looks for its range.
    [Theory]
    [InlineData((4UL << 30) - (128UL << 20), 1)]
    [InlineData((4UL << 30) - (128UL << 20) + 1, 2)]
    [InlineData(4UL << 30, 2)]
    public void A_range_of_sizes_is_chosen_by_memory_rounded_up(ulong memory, ulong expected)
    {
        CrashKernelRequest? request = KernelCommandLine.Parse("crashkernel=1G-4G:1M,4G-:2M").FindCrashKernel(memory);

        Assert.Equal(expected << 20, request!.Size);
    }

    // 6.1, arch/arm64/mm/mmu.c: enable_crash_mem_map is an ordinary early option.
    [Theory]
    [InlineData("crashkernel=256M", true)]
    [InlineData("crashkernel", true)]
    [InlineData("\"crashkernel=256M\"", true)]
    [InlineData("notcrashkernel=256M", false)]
    [InlineData("quiet -- crashkernel=256M", false)]
    public void Whether_a_crash_kernel_is_mentioned_is_another_question(string text, bool expected) =>
        Assert.Equal(expected, KernelCommandLine.Parse(text).HasCrashKernel);

    // idreg-override.c: __parse_cmdline, match_options; and cmdline_contains_nokaslr of 6.1.
    [Theory]
    [InlineData("nokaslr", true, true)]
    [InlineData("quiet nokaslr debug", true, true)]
    [InlineData("quiet\tnokaslr", true, false)]
    [InlineData("nokaslrx", false, true)]
    [InlineData("xnokaslr", false, false)]
    [InlineData("xnokaslr nokaslr", true, false)]
    [InlineData("nokaslr=1", false, true)]
    [InlineData("\"nokaslr\"", false, false)]
    [InlineData("quiet -- nokaslr", false, true)]
    [InlineData("arm64_sw.nokaslr=1", true, false)]
    [InlineData("arm64-sw.nokaslr=1", true, false)]
    [InlineData("nokaslr arm64_sw.nokaslr=0", false, true)]
    [InlineData("kaslr.disabled=1", true, false)]
    [InlineData("", false, false)]
    public void Random_addresses_are_forbidden_by_two_rules(string text, bool asWord, bool byFirstPlace)
    {
        KernelCommandLine line = KernelCommandLine.Parse(text);

        Assert.Equal((asWord, byFirstPlace), (line.NoKaslr, line.NoKaslrByFirstPlace));
    }

    [Theory]
    [InlineData("arm64.nolva", nameof(CpuFeatureOverrides.NoLva))]
    [InlineData("id_aa64mmfr2.varange=0", nameof(CpuFeatureOverrides.NoLva))]
    [InlineData("id_aa64mmfr2.varange=0x0", nameof(CpuFeatureOverrides.NoLva))]
    [InlineData("id-aa64mmfr2.varange=0", nameof(CpuFeatureOverrides.NoLva))]
    [InlineData("arm64.nolva id_aa64mmfr2.varange=1", nameof(CpuFeatureOverrides.NoLva))]
    [InlineData("arm64.nobti", nameof(CpuFeatureOverrides.NoBti))]
    [InlineData("id_aa64pfr1.bt=0", nameof(CpuFeatureOverrides.NoBti))]
    [InlineData("kvm-arm.mode=nvhe", nameof(CpuFeatureOverrides.NoVhe))]
    [InlineData("kvm_arm.mode=nvhe", nameof(CpuFeatureOverrides.NoVhe))]
    [InlineData("nokaslr", nameof(CpuFeatureOverrides.NoKaslr))]
    [InlineData("arm64.nolva=1", null)]
    [InlineData("arm64.nolvax", null)]
    [InlineData("\"arm64.nolva\"", null)]
    [InlineData("id_aa64mmfr2.varange=00", null)]
    [InlineData("id_aa64mmfr2.varange=", null)]
    [InlineData("id_aa64pfr1.bt=g", null)]
    [InlineData("id_aa64pfr1.bt=1", null)]
    [InlineData("arm64.nobti id_aa64pfr1.bt=1", null)]
    [InlineData("kvm-arm.mode=protected", null)]
    [InlineData("rodata=on", null)]
    [InlineData("rodata=off", null)]
    [InlineData("arm64.nomte", null)]
    [InlineData("-- arm64.nolva", null)]
    public void Each_word_hides_its_feature_alone(string text, string? property)
    {
        CpuFeatureOverrides overrides = KernelCommandLine.Parse(text).FeatureOverrides;

        IEnumerable<string> hidden = typeof(CpuFeatureOverrides).GetProperties().Where(one => (bool)one.GetValue(overrides)!).Select(one => one.Name);
        Assert.Equal(property is null ? [] : [property], hidden);
    }

    // Words go through a buffer of 256 bytes: what is longer goes on as a word of its own.
    [Theory]
    [InlineData(254, false)]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void A_very_long_word_is_read_in_pieces(int length, bool expected) =>
        Assert.Equal(expected, KernelCommandLine.Parse($"{new string('x', length)}arm64.nolva").FeatureOverrides.NoLva);

    // lib/cmdline.c: parse_option_str, through parse_efi_cmdline.
    [Theory]
    [InlineData("efi=debug", true, false)]
    [InlineData("efi=noruntime,debug", true, false)]
    [InlineData("efi=debug,nosoftreserve", true, true)]
    [InlineData("efi=debug efi=nosoftreserve", true, true)]
    [InlineData("efi=nodebug,debugger", false, false)]
    [InlineData("efi", false, false)]
    public void Options_of_efi_are_a_list(string text, bool debug, bool noSoftReserve)
    {
        KernelCommandLine line = KernelCommandLine.Parse(text);

        Assert.Equal((debug, noSoftReserve), (line.EfiDebug, line.EfiNoSoftReserve));
    }

    // mm/memblock.c: early_memblock.
    [Theory]
    [InlineData("memblock=debug", true)]
    [InlineData("memblock=nodebugging", true)]
    [InlineData("memblock", false)]
    public void Memory_blocks_are_printed_where_debug_stands_anywhere(string text, bool expected) =>
        Assert.Equal(expected, KernelCommandLine.Parse(text).MemblockDebug);

    // init/do_mounts_initrd.c: early_initrdmem.
    [Theory]
    [InlineData("initrd=0x48000000,16M", 0x4800_0000UL, 16UL << 20)]
    [InlineData("initrdmem=1G,4096", 1UL << 30, 4096UL)]
    [InlineData("initrd=1G,1M initrd=initrd.img", 1UL << 30, 1UL << 20)]
    [InlineData("initrd=1G,1M initrdmem=2G,", 2UL << 30, 0UL)]
    public void An_initial_ramdisk_has_address_and_size(string text, ulong start, ulong size) =>
        Assert.Equal((new PhysicalAddress(start), size), KernelCommandLine.Parse(text).InitialRamdisk);

    [Fact]
    public void The_command_line_of_a_real_boot_is_understood()
    {
        KernelCommandLine line = KernelCommandLine.Parse(
            "console=ttyAMA0 earlycon=pl011,0x9000000 ignore_loglevel panic=-1 efi=debug memblock=debug crashkernel=128M initrd=initrd\n");

        Assert.True(line is { EfiDebug: true, MemblockDebug: true, HasCrashKernel: true, NoKaslr: false, MemoryLimit: null, InitialRamdisk: null });
        Assert.Equal(128UL << 20, line.FindCrashKernel(4UL << 30)!.Size);
        Assert.Equal(["console", "earlycon", "ignore_loglevel", "panic"], line.Others.Select(other => other.Name));
        Assert.Empty(line.Remarks);
    }

    [Fact]
    public void Words_that_are_read_elsewhere_are_not_left_over()
    {
        KernelCommandLine line = KernelCommandLine.Parse(
            "arm64.nolva arm64.nobti nokaslr kvm-arm.mode=nvhe kvm-arm.mode=none id_aa64pfr1.bt=0 arm64.nofoo rodata=on");

        Assert.Equal(["kvm-arm.mode", "arm64.nofoo"], line.Others.Select(other => other.Name));
    }

    [Fact]
    public void A_line_that_a_kernel_would_cut_is_refused()
    {
        string fits = new('a', KernelCommandLine.MaxLength);

        Assert.Equal(fits, KernelCommandLine.Parse($"{fits}\r\n").Text);
        Assert.Equal(
            "The kernel command line has 2048 bytes, and arm64 kernels cut it behind 2047.",
            Assert.Throws<InvalidInputException>(() => KernelCommandLine.Parse(fits[2..] + "aé")).Message);
        Assert.Equal(
            "The kernel command line holds a zero character, where a kernel would end it.",
            Assert.Throws<InvalidInputException>(() => KernelCommandLine.Parse("quiet\0mem=1G")).Message);
    }
}
