using Ptewright.Firmware;
using Ptewright.Translation;

namespace Ptewright.Tests.Firmware;

/// <summary>Damaged boot logs: read or refused with a sentence, in bounded time and memory.</summary>
public class EfiMapFuzzTests
{
    [Fact]
    public void Damaged_logs_are_read_or_refused_with_a_sentence()
    {
        string[] samples =
        [
            EfiMapTests.Small,
            EfiMapTests.OtherForm,
            .. FirmwareText.Read("efi", "efi-2g-6.12.log", "efi-3g-6.12-16k.log")
                .Select(log => string.Join('\n', log.Split('\n').Where(line => line.Contains("efi:", StringComparison.Ordinal)).Take(26))),
        ];
        string[] tokens =
        [
            "efi: ", "0x", "|WB|", "|WC|", "|SP|", "|UC]", "[Conventional", "[Runtime Data", "[ACPI Reclaim", "[type=99", "|attr=0x8]", "range=[", "mem00: ",
            "Processing EFI memory map:", "MemMap Size: 0x", "0x000040000000-0x00007fffffff ", "\n",
        ];
        new TextFuzz("fuzz.log: ", samples, tokens).Run(text =>
        {
            GranuleSize granule = (text.Length % 3) switch { 0 => GranuleSize.Size4K, 1 => GranuleSize.Size16K, _ => GranuleSize.Size64K };
            EfiMapInfo info = EfiMapFile.Parse(text, "fuzz.log", granule, softReserve: text.Length % 2 == 0);
            TextFuzz.AssertSensible(info.Layout.Memory);
            TextFuzz.AssertSensible(info.Layout.Reserved);
            Assert.NotEqual(0UL, info.Layout.MappedBytes);
        });
    }
}
