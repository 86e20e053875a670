using Ptewright.Firmware;
using Ptewright.Translation;

namespace Ptewright.Tests.Firmware;

/// <summary>Damaged boot logs: read or refused with a sentence, in bounded time and memory.</summary>
public class DmesgFuzzTests
{
    [Fact]
    public void Damaged_logs_are_read_or_refused_with_a_sentence()
    {
        string[] samples = [.. FirmwareText.Read("dmesg", "efi-6.1.log", "nomap-6.1.log", "numa-6.1.log"), DmesgTests.Small, DmesgTests.Small];
        string[] tokens =
        [
            "node   0: [mem 0x0000000040000000-0x000000007fffffff]", "Early memory node ranges\n", "OF: reserved mem: 0x0000000050000000..0x00000000500fffff (1024 KiB) nomap ",
            "Memory: ", "K/", "[mem ", "0x", "-", "]", "\n", "hotplug", "cma: Reserved 64 MiB at 0x", "NODE_DATA", "efi: ", "Linux version 6", "[    0.0] ", "<6>",
            "Booting Linux on physical CPU ", "\u001b[31m", "ACPI: SRAT: Node 0 ",
        ];
        new TextFuzz("fuzz.txt: ", samples, tokens).Run(text =>
        {
            GranuleSize granule = (text.Length % 3) switch { 0 => GranuleSize.Size4K, 1 => GranuleSize.Size16K, _ => GranuleSize.Size64K };
            DmesgInfo info = DmesgFile.Parse(text, "fuzz.txt", granule);
            TextFuzz.AssertSensible(info.Layout.Memory);
            TextFuzz.AssertSensible(info.Layout.Reserved);
            Assert.NotEqual(0UL, info.Layout.MappedBytes);
            Assert.All(info.Remarks, remark => Assert.True(remark.EndsWith('.') && !remark.Any(char.IsControl), remark));
        });
    }
}
