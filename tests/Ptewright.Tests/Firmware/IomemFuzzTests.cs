using Ptewright.Firmware;
using Ptewright.Translation;

namespace Ptewright.Tests.Firmware;

/// <summary>Damaged copies of <c>/proc/iomem</c>: read or refused with a sentence, in bounded time and memory.</summary>
public class IomemFuzzTests
{
    [Fact]
    public void Damaged_files_are_read_or_refused_with_a_sentence()
    {
        string[] samples =
        [
            .. FirmwareText.Read("iomem", "efi-2g-6.12.txt", "efi-3g-6.12-16k.txt", "efi-4g-crash-6.1.txt", "dt-2g-crash-6.12.txt"),
            "1000-1fff : System RAM\n  1000-1fff : Kernel bss\n2000-2fff : reserved\n4000-7fff : Soft Reserved\n  4000-7fff : System RAM (kmem)\n",
        ];
        string[] tokens =
        [
            "System RAM", "System RAM (kmem)", "reserved", "Kernel code", "Crash kernel", " : ", "-", "0", "ff", "\n", "\n  ", "40000000-7fffffff",
        ];
        new TextFuzz("fuzz.txt: ", samples, tokens).Run(text =>
        {
            GranuleSize granule = (text.Length % 3) switch { 0 => GranuleSize.Size4K, 1 => GranuleSize.Size16K, _ => GranuleSize.Size64K };
            IomemInfo info = IomemFile.Parse(text, "fuzz.txt", granule);
            TextFuzz.AssertSensible(info.Layout.Memory);
            TextFuzz.AssertSensible(info.Layout.Reserved);
            Assert.NotEqual(0UL, info.Layout.MappedBytes);
        });
    }
}
