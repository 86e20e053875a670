using Ptewright.Addressing;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.Memory;

namespace Ptewright.Tests.Kernels;

/// <summary>What of a command line a version does not heed, or nobody does, is said.</summary>
public sealed class WordsNotHeededTests
{
    [Theory]
    [InlineData(
        "linux-6.12",
        "rodata=noalias",
        "linux-6.12 does not know rodata=noalias and ignores it; it knows full, on and off, and here rodata=full is the default of the configuration "
        + "(CONFIG_RODATA_FULL_DEFAULT_ENABLED).")]
    [InlineData(
        "linux-6.1",
        "rodata=on rodata=noalias rodata=noalias",
        "linux-6.1 does not know rodata=noalias and ignores it; it knows full, on and off, and here rodata=on is on the command line.")]
    [InlineData(
        "linux-6.18",
        "rodata=full",
        "linux-6.18 does not know rodata=full and ignores it; it knows on, noalias and off, and here rodata=on, which was rodata=full before, is the default of Linux 6.18.")]
    [InlineData("linux-6.1", "arm64.nolva", "linux-6.1 does not know arm64.nolva, which came with 6.9, and ignores it.")]
    [InlineData("linux-5.15-azure", "arm64.nobti", "linux-5.15-azure guards its code whatever arm64.nobti says, which counts from 6.1 on.")]
    [InlineData(
        "linux-6.12", "nokaslr=1", "The command line has the letters 'nokaslr', but not where linux-6.12 takes them for the option, so KASLR is not off.")]
    [InlineData(
        "linux-6.1", "xnokaslr nokaslr", "The command line has the letters 'nokaslr', but not where linux-6.1 takes them for the option, so KASLR is not off.")]
    [InlineData("linux-6.1", "nokaslr=1", "linux-6.1 takes the letters 'nokaslr' for the option whatever follows, so KASLR is off; other versions want a word of its own.")]
    [InlineData("linux-6.12", "debug_pagealloc=on", "The kernel has no debug_pagealloc (no CONFIG_DEBUG_PAGEALLOC), so that option changes nothing.")]
    [InlineData("linux-6.1", "kfence.sample_interval=100", "The kernel has no KFENCE (no CONFIG_KFENCE), so kfence.sample_interval changes nothing.")]
    public void A_word_that_a_version_does_not_heed_is_said(string kernel, string commandLine, string remark) =>
        Assert.Equal([remark, "Without the kernel's symbols there is no kernel image: no alias is mapped and nothing is reserved for it."], Plan(kernel, commandLine));

    [Theory]
    [InlineData("linux-6.12", "rodata=full rodata=on rodata=off nokaslr arm64.nolva arm64.nobti kfence.sample_interval=100 debug_pagealloc=off")]
    [InlineData("linux-6.18", "rodata=on rodata=noalias rodata=off nokaslr")]
    [InlineData("linux-6.1", "nokaslr rodata=off kfence.sample_interval=0")]
    public void Of_words_that_it_heeds_nothing_is_said(string kernel, string commandLine) =>
        Assert.Equal(["Without the kernel's symbols there is no kernel image: no alias is mapped and nothing is reserved for it."], Plan(kernel, commandLine));

    [Theory]
    [InlineData("max", "kvm-arm.mode=nvhe", true)]
    [InlineData("max", "kvm-arm.mode=nvhe arm64.nolva", false)]
    [InlineData("max", "", false)]
    [InlineData("cortex-a72", "kvm-arm.mode=nvhe", false)]
    public void A_linear_map_that_a_hypervisor_halves_is_said(string cpu, string commandLine, bool isSaid) => Assert.Equal(
        isSaid,
        SampleKernels.Profile("6.12-cloud").Plan(SampleKernels.Machine("6.12-cloud", cpu, MemoryLayout.OfRange(new PhysicalAddress(1UL << 30), 256UL << 20), commandLine), KernelScope.MapMem)
            .Remarks.Any(remark => remark.StartsWith("A kernel that keeps KVM's hypervisor at EL2", StringComparison.Ordinal)));

    [Theory]
    [InlineData("rodatta=on", "No kernel knows the option 'rodatta', so it changes nothing here; there is 'rodata'.")]
    [InlineData("rodat=on", "No kernel knows the option 'rodat', so it changes nothing here; there is 'rodata'.")]
    [InlineData("rodaat=on", "No kernel knows the option 'rodaat', so it changes nothing here; there is 'rodata'.")]
    [InlineData("ridata=on", "No kernel knows the option 'ridata', so it changes nothing here; there is 'rodata'.")]
    [InlineData("nokalsr", "No kernel knows the option 'nokalsr', so it changes nothing here; there is 'nokaslr'.")]
    [InlineData("NOKASLR", "No kernel knows the option 'NOKASLR', so it changes nothing here; there is 'nokaslr'.")]
    [InlineData("kfence_sample_interval=1", "No kernel knows the option 'kfence_sample_interval', so it changes nothing here; there is 'kfence.sample_interval'.")]
    [InlineData("mem=big", "Value 'big' of option 'mem' is no size, which a kernel takes for 0: no limit.")]
    [InlineData("mem=512MB", "Of the value '512MB' of option 'mem' a kernel does not read 'B'.")]
    [InlineData("mem=1G@0x40000000", "Of the value '1G@0x40000000' of option 'mem' a kernel does not read '@0x40000000'.")]
    [InlineData("rodata=fulll", "Value 'fulll' of option 'rodata' is not one that a kernel understands, and is ignored.")]
    public void What_no_kernel_understands_is_said(string commandLine, string remark) => Assert.Equal([remark], KernelCommandLine.Parse(commandLine).Remarks);

    [Theory]
    [InlineData("quiet root=/dev/vda1 console=ttyAMA0 ro data=x arm64.nosve arm64.nosme arm64.nopauth arm64.nomte noinitrd kaslr")]
    [InlineData("mem=1G mem=0x40000000 debug-pagealloc=on")]
    [InlineData("\"\" =x - r")]
    public void Other_options_are_left_in_peace(string commandLine) => Assert.Empty(KernelCommandLine.Parse(commandLine).Remarks);

    [Theory]
    [InlineData(0x4020_0000, false)]
    [InlineData(0x4021_0000, true)]
    [InlineData(0x4030_0000, true)]
    public void An_image_that_no_boot_loader_puts_there_is_noted(ulong imageBase, bool isNoted)
    {
        KernelMachine machine = SampleKernels.Machine("6.12-cloud", "cortex-a72", MemoryLayout.OfRange(new PhysicalAddress(1UL << 30), 1UL << 30), "nokaslr");
        machine = machine with { Image = SystemMap.Read(SampleKernels.PathOf("symbols", "System.map-6.12-cloud")).ImageAt(new PhysicalAddress(imageBase)) };

        Assert.Equal(
            isNoted,
            KernelProfiles.Find("linux-6.12").Plan(machine, KernelScope.MapMem).Remarks.Contains(
                $"The image's base 0x{imageBase:x} is no multiple of 2 MiB: a boot loader puts an image at one; "
                + "only the EFI stub of a kernel with KASLR takes any multiple of 64 KiB."));
    }

    private static IReadOnlyList<string> Plan(string kernel, string commandLine)
    {
        KernelProfile profile = KernelProfiles.Find(kernel);
        KernelMachine machine = new(
            MemoryLayout.OfRange(new PhysicalAddress(1UL << 30), 256UL << 20), CpuModel.Find("cortex-a72"), profile.ReadDefaultConfig(), KernelCommandLine.Parse(commandLine));
        return profile.Plan(machine, KernelScope.MapMem).Remarks;
    }
}
