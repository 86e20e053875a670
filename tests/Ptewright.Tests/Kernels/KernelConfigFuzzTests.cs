using Ptewright.Kernels.Configuration;
using Ptewright.Tests.Firmware;

namespace Ptewright.Tests.Kernels;

/// <summary>Damaged configurations: read or refused with a sentence, in bounded time and memory.</summary>
public class KernelConfigFuzzTests
{
    [Fact]
    public void Damaged_files_are_read_or_refused_with_a_sentence()
    {
        string[] samples =
        [
            .. FirmwareText.Read("config", "config-6.1-cloud", "config-6.12-cloud", "config-6.12-16k"),
            "CONFIG_ARM64=y\nCONFIG_ARM64_64K_PAGES=y\nCONFIG_ARM64_VA_BITS=52\nCONFIG_ARM64_PA_BITS=52\n"
            + "CONFIG_CMDLINE=\"a \\\"b\\\"\"\nCONFIG_CMDLINE_FORCE=y\n",
        ];
        string[] tokens =
        [
            "CONFIG_", "=y", "=m", "=n", "=\"", "\\\"", "# ", " is not set", "# Linux/", " Kernel Configuration", "=0x", "=-", "\n", "ARM64_VA_BITS=48",
        ];
        new TextFuzz("fuzz.config: ", samples, tokens).Run(text =>
        {
            KernelConfig config = KernelConfig.Parse(text, "fuzz.config");
            Assert.True(config.VaBits is 36 or 39 or 42 or 47 or 48 or 52 && config.PaBits is 48 or 52);
            Assert.True(Enum.IsDefined(config.Granule));
            _ = config.CommandLineFor("quiet") + config.KfenceNumObjects + config.KfenceSampleInterval + config.Version;
        });
    }
}
