using Ptewright.Kernels.Configuration;

namespace Ptewright.Tests.Kernels;

/// <summary>Damaged command lines: always read, but for those that a kernel would cut, in bounded time and memory.</summary>
public class KernelCommandLineFuzzTests
{
    [Fact]
    public void Damaged_lines_are_read()
    {
        string[] samples =
        [
            "BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro quiet crashkernel=256M nokaslr rodata=full",
            "console=ttyAMA0 mem=2G debug_pagealloc=on kfence.sample_interval=100 kpti=off -- single",
            "crashkernel=1G-4G:128M,4G-64G:256M@512M efi=debug,nosoftreserve memblock=debug mitigations=auto",
            "crashkernel=1G,high crashkernel=64M,low arm64.nolva arm64.nobti rodata=off initrd=0x48000000,16M dyndbg=\"file a +p; file b +p\"",
            new string('x', 2040),
        ];
        string[] tokens =
        [
            "crashkernel=", ",high", ",low", "mem=", "0x", "K", "@", "-", ":", ",", "\"", " -- ", " ", "nokaslr", "rodata=", "full", "arm64.nolva", "efi=",
            "kfence.sample_interval=", "id_aa64mmfr2.varange=", "18446744073709551616",
        ];
        new TextFuzz("The kernel command line ", samples, tokens).Run(text =>
        {
            KernelCommandLine line = KernelCommandLine.Parse(text);
            CrashKernelRequest? request = line.FindCrashKernel(4UL << 30);
            Assert.True(request is null || (request.Size is not 0 and < (4UL << 30) && request.Base is not { Value: 0 }));
            Assert.True(line.Others.Count <= line.Parameters.Count && line.Remarks.Count <= line.Parameters.Count);
            Assert.DoesNotContain(line.Remarks, remark => remark.Any(char.IsControl));
            Assert.True(line.FindRodata(RodataWords.FullOnOff) is null or { Mode: RodataMode.On or RodataMode.Off or RodataMode.Full });
        });
    }
}
